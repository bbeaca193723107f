"""Which task a wish opens: what the entitlement or the Vps stream now wants of a VPS (pure).

GHL's entitlement opens the task, so a provisioner that never wakes up is seen (H23); the Vps
stream's own `DesiredStateChanged` confirms it, with exact times. Both name the source version, so
the tasks of a VPS are a sequence by source, whichever of the two topics runs ahead.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from slipway.reporting.projections.projection import View, whole_ms
from slipway.reporting.projections.tasks.task import Task, due, opened, settled

Source = tuple[int, int]


@dataclass(frozen=True)
class Wish:
    vps_id: str
    desired: str
    source: Source
    at: datetime
    started_at: datetime | None
    """GHL's own time of the start: a creation counts from here."""
    since: datetime | None
    """GHL's own time of the change: everything else counts from here."""
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


_NOTHING_KNOWN: dict[str, Any] = {"attempted": False, "present": False, "off": False}


def facts_of(life: Life, vps_id: str) -> dict[str, Any]:
    """What the Vps stream has proven: creation attempted, a server there, switched off."""
    return life.facts.get(vps_id, _NOTHING_KNOWN)


def sequence(life: Life, vps_id: str) -> list[Task]:
    """The tasks of one VPS, oldest wish first."""
    own = (task for task in life.tasks.values() if task["vps_id"] == vps_id)
    return sorted(own, key=lambda task: task["source"])


def current(life: Life, vps_id: str) -> Task | None:
    tasks = sequence(life, vps_id)
    return tasks[-1] if tasks else None


def at_work(life: Life, vps_id: str) -> Task | None:
    """The task the Vps stream is at: the newest it has stated. The entitlements may be ahead."""
    tasks = sequence(life, vps_id)
    stated = [task for task in tasks if task["confirmed"]] or tasks
    return stated[-1] if stated else None


def wished(life: Life, wish: Wish) -> None:
    """Open, confirm or re-time the task of this wish, and mark what it overtakes."""
    life.facts.setdefault(wish.vps_id, _NOTHING_KNOWN)
    task = _restated(life, wish) or _opened(life, wish)
    if wish.confirmed and not (task["started"] or task["proven_at"]):
        kind, moot = kind_and_moot(wish.desired, facts_of(life, wish.vps_id))
        task = {**task, "kind": kind, "moot": moot}
        if kind == "delete" and facts_of(life, wish.vps_id)["off"]:
            # Suspended before: nothing was left to switch off.
            task["access_off_at"] = task["access_off_at"] or wish.at
    life.tasks[task["_id"]] = {
        **_timed(life, task, wish),
        "opened_at": min(task["opened_at"], wish.at),
        "source": min(task["source"], list(wish.source)),
        "confirmed": task["confirmed"] or wish.confirmed,
    }
    _overtake(life, wish)


def kind_and_moot(desired: str, facts: dict[str, Any]) -> tuple[str, bool]:
    match desired:
        case "running":
            return ("resume", not facts["off"]) if facts["present"] else ("create", False)
        case "suspended":
            return "suspend", not facts["present"] or facts["off"]
        case _:
            return "delete", not facts["attempted"]


def reconsidered(life: Life, vps_id: str) -> None:
    """What the Vps stream has not confirmed yet follows what it has proven so far."""
    for task in sequence(life, vps_id):
        if not (task["confirmed"] or task["started"] or task["proven_at"]):
            kind, moot = kind_and_moot(task["desired"], facts_of(life, vps_id))
            revised: Task = {**task, "kind": kind, "moot": moot}
            life.tasks[task["_id"]] = settled(revised, task["looked_at"])


def _restated(life: Life, wish: Wish) -> Task | None:
    """The task whose wish this repeats: the same source, or the neighbour that wants the same."""
    source, before, after = list(wish.source), None, None
    for task in sequence(life, wish.vps_id):
        if task["source"] == source and task["desired"] == wish.desired:
            return task
        if task["source"] <= source:
            before = task
        elif after is None:
            after = task
    for neighbour in (before, after):
        if neighbour is not None and neighbour["desired"] == wish.desired:
            return neighbour
    return None


def _overtake(life: Life, wish: Wish) -> None:
    """Each task ends, if undone, when the next one began."""
    tasks = sequence(life, wish.vps_id)
    for task, following in pairwise(tasks):
        overtaken: Task = {**task, "overtaken_at": following["opened_at"]}
        life.tasks[task["_id"]] = settled(overtaken, wish.at)


def _opened(life: Life, wish: Wish) -> Task:
    kind, moot = kind_and_moot(wish.desired, facts_of(life, wish.vps_id))
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
    """The newest word on the times holds; of one version, the Vps stream's."""
    word = [*wish.source, int(wish.confirmed)]
    if word < task["timed_by"]:
        return settled(task, wish.at)
    start = wish.started_at if task["kind"] == "create" else None
    since = whole_ms(start or wish.since or task["opened_at"])
    due_at = whole_ms(wish.due_at or since)
    if acts_from := task["acts_from"]:
        since, due_at = max(since, acts_from), max(due_at, acts_from)
    timed: Task = {**task, "since": since, "plan": wish.plan or task["plan"], "timed_by": word}
    return settled(due(timed, due_at, life.decided_seconds), wish.at)
