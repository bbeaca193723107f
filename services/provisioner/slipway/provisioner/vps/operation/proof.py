"""Decides what an observation of the server confirms (pure).

A server counts as ready, powered off or deleted only when a poll shows it.
"""

from collections.abc import Sequence

from slipway.contracts import vps
from slipway.contracts.vps import AttemptStep, Drift, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.operation.absence import not_found
from slipway.provisioner.vps.operation.observation import (
    Observe,
    PolledOperation,
    ServerObservation,
    fault_of,
)
from slipway.provisioner.vps.operation.state import Verifying, Watching
from slipway.provisioner.vps.state import ActionStatus, EventIds, Power, Vps

MAX_DISCARDED = 2
"""After this many broken servers in a row the operation is parked."""


class ProofIds(EventIds):
    operation_id: str
    provider_id: str
    contact_id: str | None
    by_admin: bool


def observe(command: Observe, state: Vps) -> Sequence[VpsEvent]:  # noqa: PLR0911 - a table
    operation = state.operation
    if operation is None or not isinstance(operation.phase, Watching | Verifying):
        return []
    polled = PolledOperation(command, state, operation, operation.phase)
    server = command.server
    if server is None:
        return not_found(polled)
    if operation.kind is OperationKind.CREATE and not polled.deletes and not server.alive:
        return not_found(polled)
    if not server.ours:
        return _not_ours(polled)
    if polled.deletes:
        return _still_there(polled, server)
    if operation.kind is OperationKind.CREATE:
        return _created(polled, server)
    return _switched(polled, server)


def _not_ours(polled: PolledOperation) -> Sequence[VpsEvent]:
    message = "The server carries other labels than ours."
    return [polled.parked(fault_of("labels-changed", message, FaultKind.REJECTED))]


def _still_there(polled: PolledOperation, server: ServerObservation) -> Sequence[VpsEvent]:
    failed = polled.seen.actions is ActionStatus.FAILED or isinstance(polled.phase, Verifying)
    if server.alive and (failed or polled.takes_too_long):
        return polled.without_effect("still_there", "The server is still there.")
    return []


def _created(polled: PolledOperation, server: ServerObservation) -> Sequence[VpsEvent]:
    state, operation, phase = polled.state, polled.operation, polled.phase
    found: list[VpsEvent] = []
    if state.server is None:
        looked_up = vps.ServerLookedUp(
            **polled.event_ids(),
            operation_id=operation.id,
            provider_id=server.provider_id,
            lookups=phase.lookups if isinstance(phase, Verifying) else 0,
        )
        found = [looked_up]
    if server.power is Power.ON:
        ready = vps.VpsReady(
            **polled.event_ids(),
            operation_id=operation.id,
            provider_id=server.provider_id,
            generation=operation.generation,
            ipv4=server.ipv4,
            ipv6=server.ipv6,
            region=server.region,
            contact_id=state.contact_id,
            by_admin=operation.by_admin,
        )
        return [*found, ready]
    return found or _not_booted(polled, server)


def _not_booted(polled: PolledOperation, server: ServerObservation) -> Sequence[VpsEvent]:
    """Returns the events for a new server that is not running.

    The server is first powered on again. If it stays off, it is replaced, at most twice in a row.
    """
    operation, phase, actions = polled.operation, polled.phase, polled.seen.actions
    booting = actions is ActionStatus.RUNNING or (
        actions is ActionStatus.DONE and server.power is not Power.OFF
    )
    if booting and not polled.takes_too_long:
        return []
    tried = isinstance(phase, Watching) and phase.step is AttemptStep.POWER_ON
    if not tried and not polled.takes_too_long:
        return polled.without_effect("not_booted", "It was created but did not start.")
    fault = fault_of("not_booted", "The new server does not start.")
    if polled.state.discarded_servers >= MAX_DISCARDED or operation.adopting is not None:
        return [polled.parked(fault)]
    broken = vps.ServerFailed(
        **polled.event_ids(),
        operation_id=operation.id,
        provider_id=server.provider_id,
        generation=operation.generation,
        fault=fault,
    )
    return [broken]


def _switched(polled: PolledOperation, server: ServerObservation) -> Sequence[VpsEvent]:
    suspends = polled.operation.kind is OperationKind.SUSPEND
    aim = Power.OFF if suspends else Power.ON
    if server.power is aim:
        return [_proof(polled, server), *_ended_drift(polled)]
    settled = isinstance(polled.phase, Verifying) and server.power is not Power.UNKNOWN
    if settled or polled.seen.actions is ActionStatus.FAILED or polled.takes_too_long:
        return polled.without_effect(f"not_{aim.value}", f"The server is not {aim.value}.")
    return []


def _ended_drift(polled: PolledOperation) -> Sequence[VpsEvent]:
    """The server that was switched off at the provider was switched on again."""
    resumes = polled.operation.kind is OperationKind.RESUME
    if not resumes or Drift.POWERED_OFF not in polled.state.drifts:
        return []
    return [vps.VpsDriftEnded(**polled.event_ids(), drift=Drift.POWERED_OFF)]


def _proof(polled: PolledOperation, server: ServerObservation) -> VpsEvent:
    ids: ProofIds = {
        **polled.event_ids(),
        "operation_id": polled.operation.id,
        "provider_id": server.provider_id,
        "contact_id": polled.state.contact_id,
        "by_admin": polled.operation.by_admin,
    }
    if polled.operation.kind is OperationKind.SUSPEND:
        return vps.VpsSuspended(**ids)
    return vps.VpsResumed(**ids, ipv4=server.ipv4)
