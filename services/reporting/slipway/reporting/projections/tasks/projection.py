"""Projects the lifecycle of each subscription. The KPIs about tasks are computed from it.

Each subscription has one document, built from its Subscription stream and its Vps streams. Each
task is also written as a document of the collection `tasks`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from slipway.contracts import subscriptions, vps
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    Row,
    View,
    is_newer,
    mark_seen,
)
from slipway.reporting.projections.tasks.entitlements import on_entitlement
from slipway.reporting.projections.tasks.lifecycle import Lifecycle
from slipway.reporting.projections.tasks.measures import measures
from slipway.reporting.projections.tasks.task import Task, TaskState, with_outcome
from slipway.reporting.projections.tasks.vps_events import on_vps_event, start_counting

COLLECTION = "lifecycles"
ROWS = "tasks"
_KEPT_PER_VPS = 8
"""How many tasks of a VPS a late event can still correct. Older tasks stay unchanged in `tasks`."""


def projection(task_deadline_seconds: float) -> Projection:
    return Projection(
        collection=COLLECTION,
        handles=(subscriptions.SubscriptionEvent, vps.VpsEvent),
        keys=_keys,
        project=_projector(task_deadline_seconds),
        measures=task_measures,
        rows=_rows,
    )


def with_expired_deadlines(view: View, now: datetime) -> View:
    """Returns the view after all open tasks with a deadline before `now` were marked as failed."""
    return _view_of({**view, "tasks": [with_outcome(task, now) for task in view["tasks"]]})


def with_withheld_released(
    view: View, location_id: str, acts_since: datetime, task_deadline_seconds: float
) -> View:
    """Returns the lifecycle after its location switched to mode `act`.

    The withheld tasks of the location now count (H29).
    """
    lifecycle = _lifecycle_of(view, task_deadline_seconds)
    for task in list(lifecycle.tasks.values()):
        if task["withheld"] and task["location_id"] == location_id:
            lifecycle.tasks[task["_id"]] = start_counting(lifecycle, task, acts_since)
    return _view_of({**view, "tasks": list(lifecycle.tasks.values())})


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


def _projector(task_deadline_seconds: float) -> Callable[[View, Recorded], View]:
    def project(view: View, recorded: Recorded) -> View:
        if not is_newer(view, recorded):
            return view
        lifecycle = _lifecycle_of(view, task_deadline_seconds)
        match recorded.event:
            case subscriptions.SubscriptionEvent() as event:
                on_entitlement(lifecycle, event, recorded)
            case vps.VpsEvent() as event:
                on_vps_event(lifecycle, event, recorded)
            case _:
                return view
        return _view_of(
            {
                **lifecycle.about,
                "seen": mark_seen(view, recorded),
                "facts": lifecycle.facts,
                "tasks": list(lifecycle.tasks.values()),
            }
        )

    return project


def _lifecycle_of(view: View, task_deadline_seconds: float) -> Lifecycle:
    tasks: list[Task] = view.get("tasks", [])
    return Lifecycle(
        about=dict(view),
        facts=dict(view.get("facts", {})),
        tasks={task["_id"]: task for task in tasks},
        task_deadline_seconds=task_deadline_seconds,
    )


def _view_of(view: View) -> View:
    """Returns the document with its recent tasks and the fields that `scheduled_work` queries."""
    tasks = _recent(view["tasks"])
    deadlines = [task["deadline"] for task in tasks if task["state"] == TaskState.OPEN]
    return {
        **view,
        "tasks": tasks,
        "next_decision": min(deadlines, default=None),
        "withheld": sorted({task["location_id"] for task in tasks if task["withheld"]}),
    }


def _recent(tasks: list[Task]) -> list[Task]:
    """Returns all tasks without an outcome, and the newest other tasks of each VPS."""
    kept: list[Task] = []
    per_vps: dict[str, int] = {}
    for task in reversed(tasks):
        per_vps[task["vps_id"]] = per_vps.get(task["vps_id"], 0) + 1
        undecided = task["state"] in {TaskState.OPEN, TaskState.WITHHELD}
        if undecided or per_vps[task["vps_id"]] <= _KEPT_PER_VPS:
            kept.append(task)
    return kept[::-1]


def _rows(view: View) -> Iterable[Row]:
    return ((ROWS, dict(task)) for task in view.get("tasks", ()))
