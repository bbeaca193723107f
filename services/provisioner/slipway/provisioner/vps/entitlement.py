"""What an entitlement changes (pure): the first freezes the spec, a newer one says what is wanted.

`vps.decide` calls it; `inbox` makes the command from a Subscription event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.subscriptions import Entitlement, Verdict
from slipway.contracts.vps import Desired, SourceVersion, Spec, VpsEvent
from slipway.provisioner.vps.evolve import evolve
from slipway.provisioner.vps.operation import overtaken
from slipway.provisioner.vps.state import Calling, Doubting, Vps, Watching


@dataclass(frozen=True)
class Entitle:
    """A Subscription event, for one of its VPSs."""

    now: datetime
    vps_id: str
    entitlement: Entitlement
    source: SourceVersion
    included: bool
    """Whether the quantity covers this VPS."""
    spec: Spec | None
    """What the plan means today; None if specs.yaml doesn't know it."""
    spec_hash: str
    correlation_id: str
    traceparent: str | None


class PlanNotInSpecs(Exception):
    """A paid plan that nobody described: redrive the record once specs.yaml has it."""


_DESIRED = {
    Verdict.RUNNING: Desired.RUNNING,
    Verdict.SUSPENDED: Desired.SUSPENDED,
    Verdict.ABSENT: Desired.ABSENT,
}


def entitle(command: Entitle, state: Vps) -> Sequence[VpsEvent]:
    if state.source is not None and not newer(command.source, state.source):
        return []
    wanted = _DESIRED.get(command.entitlement.verdict)
    if wanted is None or (wanted is Desired.RUNNING and command.entitlement.quantity is None):
        return []  # not understood, or a person decides: nothing changes (H16)
    if not state.exists:
        return _first(command) if wanted is Desired.RUNNING and command.included else []
    if wanted is Desired.RUNNING and not command.included:
        return _no_longer_covered(command, state)
    return _wants(command, state, wanted, command.entitlement.reason)


def newer(one: SourceVersion, other: SourceVersion) -> bool:
    return (one.epoch, one.version) > (other.epoch, other.version)


def _first(command: Entitle) -> list[VpsEvent]:
    entitlement = command.entitlement
    if command.spec is None:
        raise PlanNotInSpecs(
            f"specs.yaml has no plan {entitlement.plan!r}: add it, restart, redrive this record"
        )
    born = Vps(command.vps_id, entitlement.subscription_id, entitlement.location_id)
    requested = vps.VpsRequested(
        **born.ids(command.now),
        spec=command.spec,
        spec_hash=command.spec_hash,
        contact_id=entitlement.contact_id,
    )
    return [requested, _wanted(command, born, Desired.RUNNING, entitlement.reason)]


def _no_longer_covered(command: Entitle, state: Vps) -> Sequence[VpsEvent]:
    """Never-made ones go by themselves; a person chooses among what is in use (H16)."""
    quantity = command.entitlement.quantity
    uncertain = state.operation is not None and isinstance(
        state.operation.phase, Calling | Watching | Doubting
    )
    if state.server is None and not uncertain:
        return _wants(command, state, Desired.ABSENT, f"the quantity fell to {quantity}")
    referred = state.decrease == quantity
    if referred or quantity is None or state.wanted is None:
        return [_confirmed(command, state)]
    decrease = vps.QuantityDecreaseReferred(**state.ids(command.now), quantity=quantity)
    return [decrease, _confirmed(command, state)]


def _wants(command: Entitle, state: Vps, desired: Desired, reason: str) -> Sequence[VpsEvent]:
    wanted, entitlement = state.wanted, command.entitlement
    same = (
        wanted is not None
        and wanted.desired is desired
        and wanted.plan == (entitlement.plan or wanted.plan)
        and wanted.suspend_at == entitlement.suspend_at
        and wanted.delete_at == entitlement.delete_at
        and state.decrease is None
    )
    if same:
        return [_confirmed(command, state)]
    return followed_up([_wanted(command, state, desired, reason)], state, command.now)


def followed_up(events: list[VpsEvent], state: Vps, now: datetime) -> list[VpsEvent]:
    """Drop what is overtaken; nothing there and nothing wanted is proven at once."""
    for event in events:
        state = evolve(state, event)
    operation = state.operation
    if operation is not None and overtaken(state, now):
        dropped = vps.OperationSuperseded(
            **state.ids(now), operation_id=operation.id, kind=operation.kind
        )
        events, state = [*events, dropped], evolve(state, dropped)
    if _nothing_left(state):
        events = [*events, never_made(state, now)]
    return events


def _nothing_left(state: Vps) -> bool:
    absent = state.wanted is not None and state.wanted.desired is Desired.ABSENT
    managed = not state.ignored
    return managed and absent and state.server is None and state.operation is None


def never_made(state: Vps, now: datetime) -> vps.VpsDeleted:
    return vps.VpsDeleted(
        **state.ids(now),
        operation_id=None,
        provider_id=None,
        generation=state.generation,
        contact_id=state.contact_id,
    )


def _confirmed(command: Entitle, state: Vps) -> vps.EntitlementConfirmed:
    return vps.EntitlementConfirmed(**state.ids(command.now), source=command.source)


def _wanted(command: Entitle, state: Vps, desired: Desired, reason: str) -> vps.DesiredStateChanged:
    entitlement = command.entitlement
    began, changed = entitlement.started_at, entitlement.changed_at
    return vps.DesiredStateChanged(
        **replace(state, vps_id=command.vps_id).ids(command.now),
        desired=desired,
        source=command.source,
        plan=entitlement.plan or (state.wanted.plan if state.wanted else ""),
        reason=reason,
        desired_since=(began or changed) if state.wanted is None else (changed or began),
        suspend_at=entitlement.suspend_at,
        delete_at=entitlement.delete_at,
        correlation_id=command.correlation_id,
        traceparent=command.traceparent,
    )
