"""Finds servers that carry our label but belong to no VPS. `reconciler` calls it for each list."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from slipway.provisioner.providers.driver import ProviderServer
from slipway.provisioner.vps import naming


class Orphans:
    """Stores when each server without a VPS was first listed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._unknown_since: dict[str, Mapping[str, datetime]] = {}
        """Times by account id and then by provider id."""

    def find(
        self,
        account_id: str,
        listed: Iterable[ProviderServer],
        known_labels: set[str],
        settle: timedelta,
    ) -> Mapping[str, str]:
        """Finds the servers that have had no VPS for at least `settle`.

        Returns their names by provider id.
        One list is not enough, because a server may be listed before its stream is known.
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
