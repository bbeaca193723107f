"""Updates the tasks of a subscription from the entitlements in its Subscription stream (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import subscriptions
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import vps_id
from slipway.contracts.subscriptions import Entitlement, SubscriptionEvent, Verdict
from slipway.contracts.vps import Desired
from slipway.reporting.projections.tasks.desired_changes import apply_change
from slipway.reporting.projections.tasks.lifecycle import DesiredChange, Lifecycle, latest_task
from slipway.reporting.projections.tasks.task import FailureCause, Task, with_outcome

_DESIRED = {
    Verdict.RUNNING: Desired.RUNNING,
    Verdict.SUSPENDED: Desired.SUSPENDED,
    Verdict.ABSENT: Desired.ABSENT,
}


def on_entitlement(lifecycle: Lifecycle, event: SubscriptionEvent, recorded: Recorded) -> None:
    entitlement = event.entitlement
    lifecycle.about["location_id"] = entitlement.location_id
    lifecycle.about["contact_id"] = entitlement.contact_id or lifecycle.about.get("contact_id")
    lifecycle.about["entitlement"] = {
        "verdict": entitlement.verdict.value,
        "reason": entitlement.reason,
        "plan": entitlement.plan,
        "status": entitlement.record.status,
        "changed_at": entitlement.changed_at,
        "paid_through": entitlement.paid_through,
        "skipped_dates": [f"{date.field}: {date.problem}" for date in entitlement.skipped_dates],
        "problem": _problem(event, lifecycle.about.get("entitlement", {}).get("problem")),
    }
    if isinstance(event, subscriptions.PlanUnmapped):
        _fail_unmapped(lifecycle, entitlement, recorded)
    desired = _DESIRED.get(entitlement.verdict)
    if desired is not None:
        for vps in _covered_vps_ids(lifecycle, entitlement):
            apply_change(lifecycle, _change(entitlement, vps, desired, recorded))


def _covered_vps_ids(lifecycle: Lifecycle, entitlement: Entitlement) -> Iterable[str]:
    """Returns the ids of the VPSs that the entitlement changes.

    If the verdict is `running`, these are the VPSs 1 to `quantity`, else all known VPSs.
    """
    if entitlement.verdict is Verdict.RUNNING:
        return [
            vps_id(entitlement.subscription_id, ordinal)
            for ordinal in range(1, (entitlement.quantity or 0) + 1)
        ]
    return list(lifecycle.facts)


def _change(
    entitlement: Entitlement, vps: str, desired: Desired, recorded: Recorded
) -> DesiredChange:
    return DesiredChange(
        vps_id=vps,
        desired=desired,
        source=(recorded.epoch, recorded.version),
        at=recorded.time,
        started_at=entitlement.started_at,
        since=entitlement.changed_at,
        due_at=_due_at(entitlement, desired),
        plan=entitlement.plan,
        confirmed=False,
    )


def _due_at(entitlement: Entitlement, desired: Desired) -> datetime | None:
    match desired:
        case Desired.SUSPENDED:
            return entitlement.suspend_at
        case Desired.ABSENT:
            return entitlement.delete_at
        case _:
            return None


_NOT_CHANGES = (
    subscriptions.EntitlementCheckRequested
    | subscriptions.EntitlementChecked
    | subscriptions.RecordReadRequested
    | subscriptions.RecordRead
)


def _problem(event: SubscriptionEvent, known: str | None) -> str | None:
    """Returns the problem that an operator must fix before the customer gets a server (H30).

    Returns None if there is no problem.
    """
    match event:
        case _ if isinstance(event, _NOT_CHANGES):
            return known
        case subscriptions.RecordNotShown(problem=problem, lasting=lasting):
            return f"GHL no longer shows the subscription: {problem}" if lasting else known
        case subscriptions.EntitlementLapsed():
            return "A server may run, and the subscription no longer entitles to it: you decide"
        case subscriptions.PlanUnmapped(price_id=price, product_name=product):
            name = product or price
            return f"The customer pays but gets no server: plans.yaml has no plan for {name}"
        case subscriptions.SubscriptionNotUnderstood(field=field, problem=problem):
            return f"Slipway does not understand the subscription: {field}: {problem}"
        case _:
            return None


def _fail_unmapped(lifecycle: Lifecycle, entitlement: Entitlement, recorded: Recorded) -> None:
    """Opens a task and marks it as failed.

    Call it if the customer paid for a price that has no plan (H30).
    """
    first = vps_id(entitlement.subscription_id, 1)
    latest = latest_task(lifecycle, first)
    if latest is not None and latest["desired"] == Desired.RUNNING:
        return
    apply_change(lifecycle, _change(entitlement, first, Desired.RUNNING, recorded))
    if task := latest_task(lifecycle, first):
        failed: Task = {
            **task,
            "parked_at": recorded.time,
            "parked_cause": FailureCause.PLAN_UNMAPPED,
        }
        lifecycle.tasks[task["_id"]] = with_outcome(failed, recorded.time)
