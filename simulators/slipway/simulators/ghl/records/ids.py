"""Ids as GHL spells them, drawn by chance: the same seed names the same things."""

from uuid import UUID

from slipway.simulators.ports import RandomSource

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Ids:
    def __init__(self, rng: RandomSource) -> None:
        self._rng = rng

    def record(self) -> str:
        """24 hexadecimal digits: orders, subscriptions, transactions."""
        return f"{self._rng.getrandbits(96):024x}"

    def contact(self) -> str:
        """20 letters and digits: contacts and custom fields."""
        return "".join(self._rng.choices(_LETTERS, k=20))

    def uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))
