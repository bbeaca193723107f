"""What was wanted for each subscription, and whether it happened: where the figures come from.

One document per subscription, fed by its Subscription stream and its Vps streams; each task is also
kept as a row of `tasks` for listing. A task's time buckets follow its before/after difference.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import vps_id
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    Row,
    View,
    is_news,
    seen,
)
from slipway.reporting.projections.tasks import confirmations as proofs
from slipway.reporting.projections.tasks.lifecycle import Life, Wish, current, wished
from slipway.reporting.projections.tasks.task import Task, decides_later, measures, settled

COLLECTION = "lives"
ROWS = "tasks"
_KEPT_PER_VPS = 8
"""Tasks a late event may still correct; older ones stay in the rows as they are."""


def projection(decided_seconds: float) -> Projection:
    return Projection(
        collection=COLLECTION,
        handles=(subscriptions.SubscriptionEvent, vps.VpsEvent),
        keys=_keys,
        project=_projector(decided_seconds),
        measures=task_measures,
        rows=_rows,
    )


def expired(view: View, now: datetime) -> View:
    """The same life looked at later: what is past its deadline is decided."""
    return _closed({**view, "tasks": [settled(task, now) for task in view["tasks"]]})


def released(view: View, location_id: str, acts_since: datetime, decided_seconds: float) -> View:
    """Withheld tasks count from the moment their location began to act (H29)."""
    life = _opened_up(view, decided_seconds)
    for task in list(life.tasks.values()):
        if task["withheld"] and task["location_id"] == location_id:
            life.tasks[task["_id"]] = proofs.acted(life, task, acts_since)
    return _closed({**view, "tasks": list(life.tasks.values())})


def task_measures(view: View) -> Measures:
    return measures(view.get("tasks", ()))


def _keys(recorded: Recorded) -> tuple[str, ...]:
    match recorded.event:
        case subscriptions.SubscriptionEvent(entitlement=entitlement):
            return (entitlement.subscription_id,)
        case vps.VpsEvent(subscription_id=subscription_id):
            return (subscription_id,)
        case _:
            return ()


def _projector(decided_seconds: float) -> Callable[[View, Recorded], View]:
    def project(view: View, recorded: Recorded) -> View:
        if not is_news(view, recorded):
            return view
        life = _opened_up(view, decided_seconds)
        match recorded.event:
            case subscriptions.SubscriptionEvent() as event:
                _on_entitlement(life, event, recorded)
            case vps.VpsEvent() as event:
                proofs.on_vps_event(life, event, recorded)
            case _:
                return view
        return _closed(
            {
                **life.about,
                "seen": seen(view, recorded),
                "facts": life.facts,
                "tasks": list(life.tasks.values()),
            }
        )

    return project


def _opened_up(view: View, decided_seconds: float) -> Life:
    tasks: list[Task] = view.get("tasks", [])
    return Life(
        about=dict(view),
        facts=dict(view.get("facts", {})),
        tasks={task["_id"]: task for task in tasks},
        decided_seconds=decided_seconds,
    )


def _closed(view: View) -> View:
    tasks = _recent(view["tasks"])
    deadlines = [task["decide_by"] for task in tasks if decides_later(task)]
    return {
        **view,
        "tasks": tasks,
        "next_decision": min(deadlines, default=None),
        "withheld": sorted({task["location_id"] for task in tasks if task["withheld"]}),
    }


def _recent(tasks: list[Task]) -> list[Task]:
    """Undecided ones always, else the newest of each VPS."""
    kept: list[Task] = []
    per_vps: dict[str, int] = {}
    for task in reversed(tasks):
        per_vps[task["vps_id"]] = per_vps.get(task["vps_id"], 0) + 1
        if per_vps[task["vps_id"]] <= _KEPT_PER_VPS or task["state"] in {"open", "withheld"}:
            kept.append(task)
    return kept[::-1]


def _rows(view: View) -> Iterable[Row]:
    return ((ROWS, dict(task)) for task in view.get("tasks", ()))


_DESIRED = {
    subscriptions.Verdict.RUNNING: "running",
    subscriptions.Verdict.SUSPENDED: "suspended",
    subscriptions.Verdict.ABSENT: "absent",
}


def _on_entitlement(life: Life, event: subscriptions.SubscriptionEvent, recorded: Recorded) -> None:
    entitlement = event.entitlement
    life.about["location_id"] = entitlement.location_id
    life.about["contact_id"] = entitlement.contact_id or life.about.get("contact_id")
    life.about["entitlement"] = {
        "verdict": entitlement.verdict.value,
        "reason": entitlement.reason,
        "plan": entitlement.plan,
        "status": entitlement.record.status,
        "changed_at": entitlement.changed_at,
        "puzzle": _puzzle(event),
    }
    if isinstance(event, subscriptions.PlanUnmapped):
        _on_unmapped(life, entitlement, recorded)
    desired = _DESIRED.get(entitlement.verdict)
    if desired is not None:
        for vps_id_ in _wished_for(life, entitlement):
            wished(life, _wish(entitlement, vps_id_, desired, recorded))


def _wished_for(life: Life, entitlement: subscriptions.Entitlement) -> Iterable[str]:
    if entitlement.verdict is subscriptions.Verdict.RUNNING:
        return [
            vps_id(entitlement.subscription_id, ordinal)
            for ordinal in range(1, (entitlement.quantity or 0) + 1)
        ]
    return list(life.facts)


def _wish(
    entitlement: subscriptions.Entitlement, vps_id_: str, desired: str, recorded: Recorded
) -> Wish:
    due: Any = {"suspended": entitlement.suspend_at, "absent": entitlement.delete_at}.get(desired)
    return Wish(
        vps_id=vps_id_,
        desired=desired,
        source=(recorded.epoch, recorded.version),
        at=recorded.time,
        started_at=entitlement.started_at,
        since=entitlement.changed_at,
        due_at=due,
        plan=entitlement.plan,
        confirmed=False,
    )


def _puzzle(event: subscriptions.SubscriptionEvent) -> str | None:
    """What a person has to solve before this customer gets what they pay for (H30)."""
    match event:
        case subscriptions.PlanUnmapped(price_id=price, product_name=product):
            return f"Pays and gets nothing: plans.yaml doesn't say what {product or price} means"
        case subscriptions.SubscriptionNotUnderstood(field=field, problem=problem):
            return f"Not understood, so nothing changes: {field}: {problem}"
        case _:
            return None


def _on_unmapped(life: Life, entitlement: subscriptions.Entitlement, recorded: Recorded) -> None:
    """Paid, and nothing can be delivered: a failed task, not silence (H30)."""
    first = vps_id(entitlement.subscription_id, 1)
    already = current(life, first)
    if already is not None and already["desired"] == "running":
        return
    wished(life, _wish(entitlement, first, "running", recorded))
    if task := current(life, first):
        failed: Task = {**task, "parked_at": recorded.time, "parked_cause": "plan-unmapped"}
        life.tasks[task["_id"]] = settled(failed, recorded.time)
