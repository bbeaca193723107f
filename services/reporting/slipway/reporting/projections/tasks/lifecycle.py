"""One subscription's lifecycle: what is known of its servers, and their recent tasks (pure)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from slipway.contracts.vps import Desired
from slipway.reporting.projections.projection import View
from slipway.reporting.projections.tasks.task import Task


class KnownFacts(TypedDict):
    """What the Vps stream has proven about a server."""

    attempted: bool
    """Whether its creation was attempted."""
    present: bool
    off: bool


NOTHING_KNOWN: KnownFacts = {"attempted": False, "present": False, "off": False}


@dataclass(frozen=True)
class DesiredChange:
    """A change of a VPS's desired state, from an entitlement or from the Vps stream."""

    vps_id: str
    desired: Desired
    source: tuple[int, int]
    """Epoch and version of the entitlement."""
    at: datetime
    started_at: datetime | None
    """GHL's own time of the start. A creation counts from here."""
    since: datetime | None
    """GHL's own time of the change. All other kinds count from here."""
    due_at: datetime | None
    plan: str | None
    confirmed: bool
    """Whether the Vps stream stated it. Otherwise the entitlement implies it."""


@dataclass(frozen=True)
class Lifecycle:
    """The document of one subscription while events change it."""

    about: View
    facts: dict[str, KnownFacts]
    """VPS id -> what is known of its server."""
    tasks: dict[str, Task]
    """Task id -> task."""
    task_deadline_seconds: float


def known_facts(lifecycle: Lifecycle, vps_id: str) -> KnownFacts:
    return lifecycle.facts.get(vps_id, NOTHING_KNOWN)


def tasks_in_order(lifecycle: Lifecycle, vps_id: str) -> list[Task]:
    """Returns the tasks of one VPS, ordered by the entitlements that caused them."""
    own = (task for task in lifecycle.tasks.values() if task["vps_id"] == vps_id)
    return sorted(own, key=lambda task: task["source"])


def latest_task(lifecycle: Lifecycle, vps_id: str) -> Task | None:
    tasks = tasks_in_order(lifecycle, vps_id)
    return tasks[-1] if tasks else None


def stated_task(lifecycle: Lifecycle, vps_id: str) -> Task | None:
    """Returns the newest task that the Vps stream has stated. Entitlements may be newer."""
    tasks = tasks_in_order(lifecycle, vps_id)
    stated = [task for task in tasks if task["confirmed"]] or tasks
    return stated[-1] if stated else None
