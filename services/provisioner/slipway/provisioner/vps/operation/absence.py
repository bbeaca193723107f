"""Decides what follows when a poll did not find the server (pure).

The server counts as absent only if the account's sentinel was found (H5). Unless the provider has
accepted a deletion, three lookups must find nothing and the settle window must pass (H14).
"""

from collections.abc import Sequence
from datetime import timedelta

from slipway.contracts import vps
from slipway.contracts.vps import Drift, FaultKind, OperationKind, VpsEvent
from slipway.provisioner.vps.operation.failures import VANISHED
from slipway.provisioner.vps.operation.observation import PolledOperation, fault_of
from slipway.provisioner.vps.operation.state import Verifying

LOOKUPS = 3
_SHORTEST_SPACING = timedelta(seconds=2)


def not_found(polled: PolledOperation) -> Sequence[VpsEvent]:
    seen, operation = polled.seen, polled.operation
    if not seen.account_proven:
        return []
    known = operation.acknowledged and polled.state.server is not None
    if polled.deletes and (known or polled.resolved_manually):
        return _deleted(polled)
    lookups = polled.phase.lookups + 1
    too_early = lookups < LOOKUPS or seen.now < polled.phase.since + seen.settle
    if too_early and not polled.resolved_manually:
        return [_looked_up(polled, lookups)]
    if polled.deletes:
        return _deleted(polled)
    if operation.kind is OperationKind.CREATE:
        return _never_came(polled)
    return _missing(polled)


def _looked_up(polled: PolledOperation, lookups: int) -> VpsEvent:
    spacing = max(_SHORTEST_SPACING, polled.seen.settle / LOOKUPS)
    return vps.ServerLookedUp(
        **polled.event_ids(),
        operation_id=polled.operation.id,
        lookups=lookups,
        poll_at=polled.seen.now + spacing,
    )


def _deleted(polled: PolledOperation) -> list[VpsEvent]:
    state, operation = polled.state, polled.operation
    server_id = None if state.server is None else state.server.provider_id
    if operation.discarding:
        discarded = vps.ServerDiscarded(
            **polled.event_ids(),
            operation_id=operation.id,
            provider_id=server_id or "",
            generation=operation.generation,
        )
        return [discarded]
    deleted = vps.VpsDeleted(
        **polled.event_ids(),
        operation_id=operation.id,
        provider_id=server_id,
        generation=operation.generation,
        contact_id=state.contact_id,
        by_admin=_is_by_admin(polled),
    )
    return [deleted]


def _is_by_admin(polled: PolledOperation) -> bool:
    """Returns whether an admin requested or confirmed the deletion.

    It also returns True if no call of Slipway can have deleted the server.
    """
    operation, phase = polled.operation, polled.phase
    confirmed = operation.confirmation is not None and operation.confirmation.by_admin
    sent = isinstance(phase, Verifying) and phase.may_have_been_sent
    ours = operation.acknowledged or sent or operation.attempts > 1
    return operation.by_admin or confirmed or not ours


def _never_came(polled: PolledOperation) -> list[VpsEvent]:
    phase = polled.phase
    if isinstance(phase, Verifying) and phase.fault and phase.fault.kind is FaultKind.CONFLICT:
        # Only a server that is being deleted can still have the name, so try again.
        return polled.failed(phase.fault)
    if polled.state.server is not None:
        # The provider could not place it there, so the next region is tried (H37).
        text = "It was accepted, then it was gone."
        return polled.without_effect(VANISHED, text, FaultKind.CAPACITY)
    return polled.without_effect("never_made", "The last attempt created no server.")


def _missing(polled: PolledOperation) -> list[VpsEvent]:
    state = polled.state
    fault = fault_of("missing", "The server is gone at the provider.", FaultKind.CONFLICT)
    parked = polled.parked(fault)
    if Drift.MISSING in state.drifts:
        return [parked]
    server_id = None if state.server is None else state.server.provider_id
    return [
        vps.VpsDrifted(**polled.event_ids(), drift=Drift.MISSING, provider_id=server_id),
        parked,
    ]
