"""Which documents a figure is made of, and which of them count against it (queries, as data)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.contracts.deliveries import DeliveryChannel
from slipway.reporting.kpis.window import Window, window

Filter = Mapping[str, Any]
_DECIDED = {"$in": ["succeeded", "failed"]}
_BY_POLL = DeliveryChannel.POLL.value


@dataclass(frozen=True)
class Source:
    collection: str
    at: str
    """The time that puts a document into a window: the buckets count it there."""
    counted: Filter
    against: Filter | None = None
    """None: no document lowers this figure by itself."""


SOURCES: Mapping[str, Source] = {
    "automation_success": Source(
        "tasks",
        "decided_at",
        {"kind": {"$in": ["create", "delete"]}, "state": _DECIDED},
        {"$or": [{"state": "failed"}, {"person": True}]},
    ),
    "provisioning_time": Source("tasks", "proven_at", {"kind": "create", "state": _DECIDED}),
    "deprovisioning_time": Source("tasks", "proven_at", {"kind": "delete", "state": _DECIDED}),
    "webhook_processing": Source(
        "deliveries",
        "at",
        {"$or": [{"channel": {"$ne": _BY_POLL}}, {"state": "applied", "changed": True}]},
        {"$or": [{"channel": _BY_POLL}, {"state": {"$in": ["received", "quarantined"]}}]},
    ),
    "manual_interventions": Source(
        "interventions",
        "at",
        {"kind": {"$in": ["create", "delete", "retry"]}},
        {"kind": {"$in": ["create", "delete"]}},
    ),
    "uptime": Source("probes", "at", {}, {"good": False}),
    "error_rate": Source("tasks", "decided_at", {"state": _DECIDED}, {"state": "failed"}),
    "satisfaction": Source("votes", "at", {}),
}


def counted_in(kpi: str, asked: Window) -> Window:
    """The window that the figure itself takes: people's deeds count by the month."""
    if kpi == "manual_interventions" and asked.name != "custom":
        return window("month", asked.now)
    return asked
