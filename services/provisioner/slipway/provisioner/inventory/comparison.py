"""Compares one VPS with the server that the provider shows (pure). `reconciler` calls it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from slipway.contracts.vps import Drift
from slipway.provisioner.providers.driver import ProviderServer
from slipway.provisioner.vps import naming
from slipway.provisioner.vps.state import KnownServer, Power, Vps


def is_comparable(state: Vps, began: datetime) -> bool:
    """Returns whether the VPS can be compared with a list that was requested at `began`.

    It can't if an operation is changing the server, or if the stream has changed since `began`.
    """
    operation = state.operation
    resting = operation is None or operation.waits_for_operator
    unchanged = state.decided_at is None or state.decided_at < began
    return resting and unchanged and state.server is not None and not state.ignored


def servers_by_label(listed: Iterable[ProviderServer]) -> Mapping[str, int]:
    """Returns how many servers carry each VPS label.

    Servers that are being deleted do not count.
    """
    return Counter(one.labels.get(naming.VPS, "") for one in listed if one.alive)


def drifts_of(
    known: KnownServer, shown: ProviderServer | None, label: str, by_label: Mapping[str, int]
) -> set[Drift]:
    found = {Drift.DUPLICATE} if by_label.get(label, 0) > 1 else set()
    if shown is None:
        return found | {Drift.MISSING}
    if shown.labels.get(naming.VPS) != label:
        found.add(Drift.LABELS_CHANGED)
    if known.ready and shown.power is Power.OFF and known.power is Power.ON:
        found.add(Drift.POWERED_OFF)
    if shown.power is Power.ON and known.power is Power.OFF:
        found.add(Drift.POWERED_ON)
    return found


def changed_drift(known: Iterable[Drift], found: set[Drift]) -> Drift | None:
    """Returns the first drift that began or ended, or None if nothing changed."""
    changed = set(known) ^ found
    return next((drift for drift in Drift if drift in changed), None)
