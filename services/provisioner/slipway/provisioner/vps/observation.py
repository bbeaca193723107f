"""What a look at the provider proves (pure). Nothing is ready, off or gone before it is seen so.

An absence is believed only in a proven account (H5), and for a server whose fate is uncertain only
after the settle window and three spaced looks (H14). `worker` looks, `vps.decide` calls `see`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.vps import AttemptStep, Drift, Fault, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.entitlement import followed_up
from slipway.provisioner.vps.failures import Failure, failed, parked
from slipway.provisioner.vps.state import (
    Doubting,
    EventIds,
    Operation,
    Outcome,
    Power,
    Vps,
    Watching,
)

LOOKS = 3
_FIRST_SPACING = timedelta(seconds=2)
PATIENCE = {
    OperationKind.CREATE: timedelta(minutes=30),
    OperationKind.DELETE: timedelta(minutes=10),
    OperationKind.SUSPEND: timedelta(minutes=10),
    OperationKind.RESUME: timedelta(minutes=10),
}
"""How long an accepted call may take to show its effect."""
DISCARDS = 2
"""After this many broken servers in a row a person looks at it."""


@dataclass(frozen=True)
class Sight:
    """A server, read by id."""

    provider_id: str
    ours: bool
    """Its labels name this VPS and the operation's generation."""
    alive: bool
    """Not being deleted."""
    power: Power
    ipv4: str | None = None
    ipv6: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class See:
    now: datetime
    sight: Sight | None
    proven: bool
    """The account was proven ours after the look."""
    outcome: Outcome
    settle: timedelta
    jitter: float


def see(command: See, state: Vps) -> Sequence[VpsEvent]:  # noqa: PLR0911 - a table
    operation = state.operation
    if operation is None or not isinstance(operation.phase, Watching | Doubting):
        return []
    sight = command.sight
    if operation.discarding or operation.kind is OperationKind.DELETE:
        if sight is None:
            return _not_there(command, state, operation, operation.phase)
        return _still_there(command, state, operation, sight)
    if sight is None or (operation.kind is OperationKind.CREATE and not sight.alive):
        return _not_there(command, state, operation, operation.phase)
    if not sight.ours:
        return _not_ours(command, state, operation)
    if operation.kind is OperationKind.CREATE:
        return _created(command, state, operation, sight)
    return _switched(command, state, operation, sight)


def _fault(code: str, message: str, kind: FaultKind = FaultKind.TRANSIENT) -> Fault:
    return Fault(kind=kind, code=code, message=message)


def _again(
    command: See, state: Vps, operation: Operation, code: str, message: str
) -> Sequence[VpsEvent]:
    """The call had no effect: it is counted as failed and goes out again, or is parked."""
    fault = _fault(code, message)
    if isinstance(operation.phase, Doubting) and operation.phase.by_hand:
        return [parked(state, operation, fault, command.now)]
    if not isinstance(operation.phase, Watching | Doubting):
        return []
    return failed(Failure(fault, command.jitter), state, operation, operation.phase, command.now)


def _not_ours(command: See, state: Vps, operation: Operation) -> Sequence[VpsEvent]:
    message = "The server carries other labels than ours."
    fault = _fault("labels-changed", message, FaultKind.REJECTED)
    return [parked(state, operation, fault, command.now)]


def _not_there(
    command: See, state: Vps, operation: Operation, phase: Watching | Doubting
) -> Sequence[VpsEvent]:
    if not command.proven:
        return []
    by_hand = isinstance(phase, Doubting) and phase.by_hand
    known = operation.acknowledged and state.server is not None
    deleting = operation.discarding or operation.kind is OperationKind.DELETE
    if deleting and (known or by_hand):
        return _gone(command, state, operation)
    looks = phase.lookups + 1
    if not by_hand and (looks < LOOKS or command.now < phase.since + command.settle):
        return [_looked(command, state, operation, looks)]
    if deleting:
        return _gone(command, state, operation)
    if operation.kind is OperationKind.CREATE:
        return _never_came(command, state, operation)
    return _missing(command, state, operation)


def _looked(command: See, state: Vps, operation: Operation, looks: int) -> VpsEvent:
    spacing = max(_FIRST_SPACING, command.settle / LOOKS)
    return vps.ServerLookedUp(
        **state.ids(command.now),
        operation_id=operation.id,
        lookups=looks,
        poll_at=command.now + spacing,
    )


def _gone(command: See, state: Vps, operation: Operation) -> Sequence[VpsEvent]:
    server_id = None if state.server is None else state.server.provider_id
    if operation.discarding:
        discarded = vps.ServerDiscarded(
            **state.ids(command.now),
            operation_id=operation.id,
            provider_id=server_id or "",
            generation=operation.generation,
        )
        return followed_up([discarded], state, command.now)
    deleted = vps.VpsDeleted(
        **state.ids(command.now),
        operation_id=operation.id,
        provider_id=server_id,
        generation=operation.generation,
        contact_id=state.contact_id,
        by_admin=_by_person(operation),
    )
    return [deleted]


def _by_person(operation: Operation) -> bool:
    """A person ordered it, turned the key, or was there before any call of ours."""
    released = operation.key is not None and operation.key.by_admin
    sent = isinstance(operation.phase, Doubting) and operation.phase.sent
    ours = operation.acknowledged or sent or operation.attempts > 1
    return operation.by_admin or released or not ours


def _never_came(command: See, state: Vps, operation: Operation) -> Sequence[VpsEvent]:
    phase = operation.phase
    events: Sequence[VpsEvent]
    if isinstance(phase, Doubting) and phase.fault and phase.fault.kind is FaultKind.CONFLICT:
        # Nothing alive of ours has the name: one of ours may have died since; a stranger keeps it.
        taken = Failure(phase.fault, command.jitter)
        events = failed(taken, state, operation, phase, command.now)
    elif state.server is not None:
        message = "It was accepted, then it was gone."
        events = _again(command, state, operation, "vanished", message)
    else:
        message = "No server came of the last attempt."
        events = _again(command, state, operation, "never_made", message)
    return followed_up(list(events), state, command.now)


def _missing(command: See, state: Vps, operation: Operation) -> Sequence[VpsEvent]:
    server_id = None if state.server is None else state.server.provider_id
    drifted = vps.VpsDrifted(**state.ids(command.now), drift=Drift.MISSING, provider_id=server_id)
    fault = _fault("missing", "The server is gone at the provider.", FaultKind.CONFLICT)
    left = parked(state, operation, fault, command.now)
    return [left] if Drift.MISSING in state.drifts else [drifted, left]


def _still_there(
    command: See, state: Vps, operation: Operation, sight: Sight
) -> Sequence[VpsEvent]:
    if not sight.ours:
        return _not_ours(command, state, operation)
    without_effect = command.outcome is Outcome.FAILED or isinstance(operation.phase, Doubting)
    if sight.alive and (without_effect or _too_long(command, operation)):
        return _again(command, state, operation, "still_there", "The server is still there.")
    return []


def _too_long(command: See, operation: Operation) -> bool:
    phase = operation.phase
    since = phase.since if isinstance(phase, Watching | Doubting) else command.now
    return command.now - since > PATIENCE[operation.kind]


def _created(command: See, state: Vps, operation: Operation, sight: Sight) -> Sequence[VpsEvent]:
    found: list[VpsEvent] = []
    if state.server is None:
        looked = vps.ServerLookedUp(
            **state.ids(command.now),
            operation_id=operation.id,
            provider_id=sight.provider_id,
            lookups=operation.phase.lookups if isinstance(operation.phase, Doubting) else 0,
        )
        found = [looked]
    if sight.power is Power.ON:
        ready = vps.VpsReady(
            **state.ids(command.now),
            operation_id=operation.id,
            provider_id=sight.provider_id,
            generation=operation.generation,
            ipv4=sight.ipv4,
            ipv6=sight.ipv6,
            region=sight.region,
            contact_id=state.contact_id,
            by_admin=operation.by_admin,
        )
        return [*found, ready]
    if found:
        return found
    return _not_booted(command, state, operation, sight)


def _not_booted(command: See, state: Vps, operation: Operation, sight: Sight) -> Sequence[VpsEvent]:
    """Switched on again first; what stays broken is deleted and made anew, twice at most."""
    if command.outcome is Outcome.RUNNING and not _too_long(command, operation):
        return []
    off = sight.power is Power.OFF
    if not off and command.outcome is Outcome.DONE and not _too_long(command, operation):
        return []
    phase = operation.phase
    untried = not (isinstance(phase, Watching) and phase.step is AttemptStep.POWER_ON)
    if untried and not _too_long(command, operation):
        return _again(command, state, operation, "not_booted", "It was made but did not start.")
    fault = _fault("not_booted", "The server came out broken.")
    if state.discarded >= DISCARDS or operation.adopting is not None:
        return [parked(state, operation, fault, command.now)]
    broken = vps.ServerFailed(
        **state.ids(command.now),
        operation_id=operation.id,
        provider_id=sight.provider_id,
        generation=operation.generation,
        fault=fault,
    )
    return [broken]


def _switched(command: See, state: Vps, operation: Operation, sight: Sight) -> Sequence[VpsEvent]:
    target = Power.OFF if operation.kind is OperationKind.SUSPEND else Power.ON
    if sight.power is target:
        return [_proof(command, state, operation, sight)]
    changing = sight.power is Power.UNKNOWN
    doubted = isinstance(operation.phase, Doubting) and not changing
    if doubted or command.outcome is Outcome.FAILED or _too_long(command, operation):
        text = f"The server is not {target.value}."
        return _again(command, state, operation, f"not_{target.value}", text)
    return []


class _ProofIds(EventIds):
    operation_id: str
    provider_id: str
    contact_id: str | None
    by_admin: bool


def _proof(command: See, state: Vps, operation: Operation, sight: Sight) -> VpsEvent:
    proof: _ProofIds = {
        **state.ids(command.now),
        "operation_id": operation.id,
        "provider_id": sight.provider_id,
        "contact_id": state.contact_id,
        "by_admin": operation.by_admin,
    }
    if operation.kind is OperationKind.SUSPEND:
        return vps.VpsSuspended(**proof)
    return vps.VpsResumed(**proof, ipv4=sight.ipv4)
