"""Random ids in GHL's formats. The same seed gives the same ids."""

from uuid import UUID

from slipway.simulators.ports import RandomSource

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Ids:
    def __init__(self, rng: RandomSource) -> None:
        self._rng = rng

    def record(self) -> str:
        """Returns 24 hexadecimal digits, for orders, subscriptions and transactions."""
        return f"{self._rng.getrandbits(96):024x}"

    def contact(self) -> str:
        """Returns 20 letters and digits, for contacts and custom fields."""
        return "".join(self._rng.choices(_LETTERS, k=20))

    def uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))
