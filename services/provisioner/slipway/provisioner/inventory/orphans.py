"""Servers that carry our label and belong to no VPS. `reconciler` asks after each list."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from slipway.provisioner.providers.driver import ProviderServer
from slipway.provisioner.vps import naming


class Orphans:
    """Remembers since when a server of an account has been unknown."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._unknown_since: dict[str, Mapping[str, datetime]] = {}
        """By account, then by provider id."""

    def find(
        self,
        account_id: str,
        listed: Iterable[ProviderServer],
        known_labels: set[str],
        settle: timedelta,
    ) -> Mapping[str, str]:
        """Returns name by provider id of the servers unknown for longer than `settle`.

        Lists lag: a server may appear in one before its stream does, so one list is not enough.
        """
        names = {
            one.provider_id: one.name
            for one in listed
            if one.alive and one.labels.get(naming.VPS) not in known_labels
        }
        now, before = self._clock(), self._unknown_since.get(account_id, {})
        since = {id_: before.get(id_, now) for id_ in names}
        self._unknown_since[account_id] = since
        return {
            id_: name for id_, name in names.items() if id_ in before and now - since[id_] >= settle
        }
