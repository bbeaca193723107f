"""Decides what an entitlement changes for one VPS (pure).

The first entitlement stores the spec, which never changes afterwards. A newer entitlement changes
the desired state. `inbox` makes the command from a Subscription event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, SourceVersion, Spec, VpsEvent
from slipway.provisioner.vps.operation.state import Calling, Verifying, Watching
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class ApplyEntitlement:
    """Applies the entitlement of a Subscription event to one VPS of the subscription."""

    now: datetime
    vps_id: str
    entitlement: Entitlement
    source: SourceVersion
    included: bool
    """Whether the quantity covers this VPS."""
    spec: Spec | None
    """The plan's spec in specs.yaml now. None if the file does not have the plan."""
    spec_hash: str
    correlation_id: str
    traceparent: str | None


class PlanNotInSpecs(Exception):
    """A paid plan is missing in specs.yaml. Add the plan, then redrive the record."""


_DESIRED = {
    Verdict.RUNNING: Desired.RUNNING,
    Verdict.SUSPENDED: Desired.SUSPENDED,
    Verdict.ABSENT: Desired.ABSENT,
}


def apply_entitlement(command: ApplyEntitlement, state: Vps) -> Sequence[VpsEvent]:
    """Returns no events for an outdated or unclear entitlement. Raises PlanNotInSpecs."""
    if state.source is not None and not is_newer(command.source, state.source):
        return []
    desired, quantity = _DESIRED.get(command.entitlement.verdict), command.entitlement.quantity
    if desired is None or (desired is Desired.RUNNING and quantity is None):
        return []  # nothing changes if it is not understood or an operator must decide (H16)
    if not state.exists:
        wanted = command.included and (desired is Desired.RUNNING or _is_paid_for(command))
        return _first(command, desired) if wanted else []
    if desired is Desired.RUNNING and not command.included:
        return _no_longer_covered(command, state)
    return _desire(command, state, desired, command.entitlement.reason)


def _is_paid_for(command: ApplyEntitlement) -> bool:
    """Returns whether a cancelled customer has paid for a server that was never created (H45)."""
    entitlement = command.entitlement
    if entitlement.verdict is not Verdict.ABSENT or entitlement.suspend_at is None:
        return False
    return command.now < entitlement.suspend_at


def is_newer(one: SourceVersion, other: SourceVersion) -> bool:
    return (one.epoch, one.version) > (other.epoch, other.version)


def _first(command: ApplyEntitlement, desired: Desired) -> list[VpsEvent]:
    entitlement = command.entitlement
    if command.spec is None:
        raise PlanNotInSpecs(
            f"specs.yaml has no plan {entitlement.plan!r}: add it, restart, redrive this record"
        )
    created = Vps(command.vps_id, entitlement.subscription_id, entitlement.location_id)
    requested = vps.VpsRequested(
        **created.event_ids(command.now),
        spec=command.spec,
        spec_hash=command.spec_hash,
        contact_id=entitlement.contact_id,
    )
    return [requested, _changed(command, created, desired, entitlement.reason)]


def _no_longer_covered(command: ApplyEntitlement, state: Vps) -> Sequence[VpsEvent]:
    """Returns the events for a VPS that the quantity no longer covers.

    A VPS without a server gets the desired state absent. If it may have a server, an operator
    decides (H16).
    """
    quantity = command.entitlement.quantity
    uncertain = state.operation is not None and isinstance(
        state.operation.phase, Calling | Watching | Verifying
    )
    if state.server is None and not uncertain:
        return _desire(command, state, Desired.ABSENT, f"the quantity fell to {quantity}")
    referred = state.referred_quantity == quantity
    if referred or quantity is None or state.desired_state is None:
        return [_confirmed(command, state)]
    decrease = vps.QuantityDecreaseReferred(**state.event_ids(command.now), quantity=quantity)
    return [decrease, _confirmed(command, state)]


def _desire(
    command: ApplyEntitlement, state: Vps, desired: Desired, reason: str
) -> Sequence[VpsEvent]:
    wanted, entitlement = state.desired_state, command.entitlement
    same = (
        wanted is not None
        and wanted.desired is desired
        and wanted.plan == (entitlement.plan or wanted.plan)
        and wanted.suspend_at == entitlement.suspend_at
        and wanted.delete_at == entitlement.delete_at
        and state.referred_quantity is None
    )
    if same:
        return [_confirmed(command, state)]
    return [_changed(command, state, desired, reason)]


def _confirmed(command: ApplyEntitlement, state: Vps) -> vps.EntitlementConfirmed:
    return vps.EntitlementConfirmed(**state.event_ids(command.now), source=command.source)


def _changed(
    command: ApplyEntitlement, state: Vps, desired: Desired, reason: str
) -> vps.DesiredStateChanged:
    entitlement, before = command.entitlement, state.desired_state
    started, changed = entitlement.started_at, entitlement.changed_at
    return vps.DesiredStateChanged(
        **state.event_ids(command.now),
        desired=desired,
        source=command.source,
        plan=entitlement.plan or (before.plan if before else ""),
        reason=reason,
        desired_since=(started or changed) if before is None else (changed or started),
        suspend_at=entitlement.suspend_at,
        delete_at=entitlement.delete_at,
        correlation_id=command.correlation_id,
        traceparent=command.traceparent,
    )
