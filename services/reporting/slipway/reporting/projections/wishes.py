"""Which task a wish opens: what the entitlement or the Vps stream now wants of a VPS (pure).

GHL's entitlement opens the task, so a provisioner that never wakes up is seen (H23); the Vps
stream's own `VpsWanted` then confirms it, with exact times. Both name the same source version, so
it is one task whichever arrives first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.reporting.projections.projection import View, whole_ms
from slipway.reporting.projections.task import Task, due, opened, settled


@dataclass(frozen=True)
class Wish:
    vps_id: str
    desired: str
    source: tuple[int, int]
    at: datetime
    since: datetime | None
    due_at: datetime | None
    plan: str | None
    confirmed: bool
    """Said by the Vps stream itself, not only implied by the entitlement."""


@dataclass(frozen=True)
class Life:
    """One subscription's document, taken apart: facts per VPS, and its recent tasks by id."""

    about: View
    facts: dict[str, dict[str, Any]]
    tasks: dict[str, Task]
    decided_seconds: float


_NOTHING_KNOWN: dict[str, Any] = {
    "attempted": False,
    "present": False,
    "off": False,
    "desired": None,
    "source": [0, 0],
    "current": None,
}


def facts_of(life: Life, vps_id: str) -> dict[str, Any]:
    return life.facts.get(vps_id, _NOTHING_KNOWN)


def wished(life: Life, wish: Wish) -> None:
    """Open, confirm or re-time the task of this wish; what it overtakes is marked."""
    facts = facts_of(life, wish.vps_id)
    if wish.source < tuple(facts["source"]):
        return
    current = life.tasks.get(facts["current"] or "")
    if current is not None and facts["desired"] == wish.desired:
        current = _dated_back(life, current, wish)
        life.tasks[current["_id"]] = _timed(life, _confirmed(current, facts, wish), wish)
        life.facts[wish.vps_id] = {**facts, "source": list(wish.source)}
        return
    for task in list(life.tasks.values()):
        if task["vps_id"] == wish.vps_id:
            life.tasks[task["_id"]] = _overtaken(task, wish)
    task = _opened(life, facts, wish)
    life.tasks[task["_id"]] = _timed(life, task, wish)
    life.facts[wish.vps_id] = {
        **facts,
        "desired": wish.desired,
        "source": list(wish.source),
        "current": task["_id"],
    }


def kind_and_moot(desired: str, facts: dict[str, Any]) -> tuple[str, bool]:
    match desired:
        case "running":
            return ("resume", not facts["off"]) if facts["present"] else ("create", False)
        case "suspended":
            return "suspend", not facts["present"] or facts["off"]
        case _:
            return "delete", not facts["attempted"]


def _confirmed(task: Task, facts: dict[str, Any], wish: Wish) -> Task:
    if not wish.confirmed or task["started"] or task["proven_at"]:
        return task
    kind, moot = kind_and_moot(wish.desired, facts)
    return {**task, "kind": kind, "moot": moot}


def _overtaken(task: Task, wish: Wish) -> Task:
    noted: Task = {
        **task,
        "overtaken_at": min(task["overtaken_at"] or wish.at, wish.at),
        "sealed": task["sealed"] or wish.confirmed,
    }
    return settled(noted, wish.at)


def _dated_back(life: Life, current: Task, wish: Wish) -> Task:
    """The Vps stream's word came first, the entitlement it answers now: the earlier time holds."""
    if list(wish.source) != current["source"]:
        return current
    for task in list(life.tasks.values()):
        if task["vps_id"] == wish.vps_id and task is not current:
            late = task["overtaken_at"] == current["opened_at"]
            at = min(wish.at, current["opened_at"]) if late else task["overtaken_at"]
            sealed = task["sealed"] or wish.confirmed
            moved: Task = {**task, "overtaken_at": at, "sealed": sealed}
            life.tasks[task["_id"]] = settled(moved, wish.at)
    return {**current, "opened_at": min(wish.at, current["opened_at"])}


def _opened(life: Life, facts: dict[str, Any], wish: Wish) -> Task:
    kind, moot = kind_and_moot(wish.desired, facts)
    epoch, version = wish.source
    return opened(
        id_=f"{wish.vps_id}@{epoch}.{version}/{wish.desired}",
        vps_id=wish.vps_id,
        subscription_id=life.about["_id"],
        location_id=life.about.get("location_id", ""),
        contact_id=life.about.get("contact_id"),
        plan=wish.plan,
        desired=wish.desired,
        kind=kind,
        moot=moot,
        source=[epoch, version],
        at=wish.at,
    )


def _timed(life: Life, task: Task, wish: Wish) -> Task:
    if task["started"]:
        return settled(task, wish.at)
    since = whole_ms(wish.since or task["since"])
    timed: Task = {**task, "since": since, "plan": wish.plan or task["plan"]}
    return settled(due(timed, whole_ms(wish.due_at or since), life.decided_seconds), wish.at)
