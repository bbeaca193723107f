"""The lifecycle of one subscription: known facts about its servers, and its recent tasks (pure)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from slipway.contracts.vps import Desired
from slipway.reporting.projections.projection import View
from slipway.reporting.projections.tasks.task import Task


class KnownFacts(TypedDict):
    """The facts about a server that the Vps stream has confirmed."""

    attempted: bool
    """Whether its creation was attempted."""
    present: bool
    off: bool


NOTHING_KNOWN: KnownFacts = {"attempted": False, "present": False, "off": False}


@dataclass(frozen=True)
class DesiredChange:
    """A change of a VPS's desired state, read from an entitlement or from the Vps stream."""

    vps_id: str
    desired: Desired
    source: tuple[int, int]
    """Epoch and version of the entitlement."""
    at: datetime
    started_at: datetime | None
    """The time of the start, as GHL states it. A creation is measured from this time."""
    since: datetime | None
    """The time of the change, as GHL states it. All other kinds are measured from this time."""
    due_at: datetime | None
    plan: str | None
    confirmed: bool
    """Whether the change is from the Vps stream. Otherwise it is derived from the entitlement."""


@dataclass(frozen=True)
class Lifecycle:
    """The content of one subscription's document while events are applied to it."""

    about: View
    facts: dict[str, KnownFacts]
    """The known facts about the server of each VPS, by VPS id."""
    tasks: dict[str, Task]
    """The tasks by task id."""
    task_deadline_seconds: float


def known_facts(lifecycle: Lifecycle, vps_id: str) -> KnownFacts:
    return lifecycle.facts.get(vps_id, NOTHING_KNOWN)


def tasks_in_order(lifecycle: Lifecycle, vps_id: str) -> list[Task]:
    """Returns the tasks of one VPS, in the sequence of the entitlements that caused them."""
    own = (task for task in lifecycle.tasks.values() if task["vps_id"] == vps_id)
    return sorted(own, key=lambda task: task["source"])


def latest_task(lifecycle: Lifecycle, vps_id: str) -> Task | None:
    tasks = tasks_in_order(lifecycle, vps_id)
    return tasks[-1] if tasks else None


def stated_task(lifecycle: Lifecycle, vps_id: str) -> Task | None:
    """Returns the newest task that the Vps stream has confirmed, else the newest task.

    An entitlement may have opened an even newer task.
    """
    tasks = tasks_in_order(lifecycle, vps_id)
    stated = [task for task in tasks if task["confirmed"]] or tasks
    return stated[-1] if stated else None
