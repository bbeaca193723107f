"""Compares subscriptions with servers, from the simulators' records, without asking Slipway."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from slipway.simulators.ledger import vps_label

from demo.simulators_client import Json

_PAYING = {"active", "trialing"}
_ENDED = {"canceled", "expired"}


def unsettled(
    subscriptions: Sequence[Json], servers: Sequence[Json], installation: str
) -> list[str]:
    """Returns each VPS that lacks a paid server or keeps an unpaid one, with the reason."""
    alive: dict[str, list[Json]] = defaultdict(list)
    for server in servers:
        if server["delete_asked_at"] is None and server["status"] != "gone":
            alive[server["labels"].get("slipway-vps", "")].append(server)
    found = []
    for one in subscriptions:
        if one["plan"] is None:
            continue
        for ordinal in range(1, int(one["quantity"]) + 1):
            vps = f"{one['stream']}-{ordinal}"
            mine = alive[vps_label(installation, vps)]
            problem = _problem(one["status"], mine)
            if problem is not None:
                found.append(f"{one['customer']} ({vps}, {one['status']}): {problem}")
    return found


def _problem(status: str, servers: Sequence[Json]) -> str | None:
    states = [server["status"] for server in servers]
    if status in _PAYING:
        return None if states == ["running"] else f"should run, has {states or 'nothing'}"
    if status in _ENDED:
        return f"should be gone, has {states}" if states else None
    if status in {"unpaid", "paused"}:
        return None if states in ([], ["off"]) else f"should be off, has {states}"
    return None


def webhook_to_create_ms(
    subscriptions: Sequence[Json], servers: Sequence[Json], installation: str
) -> list[float]:
    """Returns the times from each purchase in GHL to the create request at the cloud."""
    bought = {
        vps_label(installation, f"{one['stream']}-{ordinal}"): _time(one["created_at"])
        for one in subscriptions
        for ordinal in range(1, int(one["quantity"]) + 1)
    }
    return [
        (_time(server["created_at"]) - bought[label]).total_seconds() * 1000
        for server in servers
        if (label := server["labels"].get("slipway-vps", "")) in bought
    ]


def quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 1)
    return round(statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1], 1)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
