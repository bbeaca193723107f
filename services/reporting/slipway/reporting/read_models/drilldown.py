"""Database filters for each KPI: all documents that it counts, and those that make it worse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.contracts.deliveries import DeliveryChannel
from slipway.reporting.kpis.window import Window, named_window

Filter = Mapping[str, Any]
_DECIDED = {"$in": ["succeeded", "failed"]}
_BY_POLLING = DeliveryChannel.POLL.value


@dataclass(frozen=True)
class Source:
    collection: str
    at: str
    """The field with the time under which the buckets count a document."""
    counted: Filter
    against: Filter | None = None
    """Selects the documents that make the KPI worse. None if no single document does."""


SOURCES: Mapping[str, Source] = {
    "automation_success": Source(
        "tasks",
        "decided_at",
        {"kind": {"$in": ["create", "delete"]}, "state": _DECIDED},
        {"$or": [{"state": "failed"}, {"manual": True}]},
    ),
    "provisioning_time": Source("tasks", "proven_at", {"kind": "create", "state": _DECIDED}),
    "deprovisioning_time": Source("tasks", "proven_at", {"kind": "delete", "state": _DECIDED}),
    "webhook_processing": Source(
        "deliveries",
        "at",
        {"$or": [{"channel": {"$ne": _BY_POLLING}}, {"state": "applied", "changed": True}]},
        {"$or": [{"channel": _BY_POLLING}, {"state": {"$in": ["received", "quarantined"]}}]},
    ),
    "manual_interventions": Source(
        "interventions",
        "at",
        {"kind": {"$in": ["create", "delete", "retry"]}, "refused": {"$ne": True}},
        {"kind": {"$in": ["create", "delete"]}},
    ),
    "uptime": Source("probes", "at", {}, {"good": False}),
    "error_rate": Source("tasks", "decided_at", {"state": _DECIDED}, {"state": "failed"}),
    "satisfaction": Source("votes", "at", {}),
}


def counted_window(kpi: str, window: Window) -> Window:
    """Returns the window that the KPI counts. For manual interventions this is the current month.

    A custom window is never changed.
    """
    if kpi == "manual_interventions" and window.name != "custom":
        return named_window("month", window.now)
    return window
