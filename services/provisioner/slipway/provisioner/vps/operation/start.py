"""Decides the start of the next operation (pure).

The operation and its first attempt are appended together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.vps import AttemptStep, OperationKind, VpsEvent
from slipway.provisioner.vps.confirmation import needs_confirmation
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation.attempts import attempt_started, first_step, region_at
from slipway.provisioner.vps.operation.next_operation import NextOperation, next_operation
from slipway.provisioner.vps.operation.next_step import NextStep, next_step
from slipway.provisioner.vps.state import Vps


@dataclass(frozen=True)
class StartOperation:
    """Starts the next operation.

    The caller always provides a nonce. Only a deletion that GHL must confirm uses it.
    """

    now: datetime
    installation: str
    operation_id: str
    nonce: str
    not_after: datetime


def start_operation(command: StartOperation, state: Vps) -> Sequence[VpsEvent]:
    """Returns `OperationStarted` and then `AttemptStarted`.

    For a deletion that GHL must confirm, `ReleaseRequested` replaces `AttemptStarted`.
    """
    upcoming = next_operation(state, command.now)
    if next_step(state, command.now) is not NextStep.START_OPERATION or upcoming is None:
        return []
    started = _started(command, state, upcoming)
    if needs_confirmation(state, upcoming.kind):
        requested = vps.ReleaseRequested(
            **state.event_ids(command.now),
            kind=upcoming.kind,
            nonce=command.nonce,
            requested_at=command.now,
        )
        return [started, requested]
    step = first_step(upcoming.kind)
    attempt = attempt_started(
        state,
        command.operation_id,
        (1, step),
        region_at(state, state.discarded_servers) if step is AttemptStep.CREATE else None,
        now=command.now,
        not_after=command.not_after,
    )
    return [started, attempt]


def _started(command: StartOperation, state: Vps, upcoming: NextOperation) -> vps.OperationStarted:
    generation = state.generation + 1 if upcoming.kind is OperationKind.CREATE else 0
    if state.server is not None and not generation:
        generation = state.server.generation
    named = external_name(command.installation, state.vps_id, generation)
    since = state.desired_state.since if state.desired_state else None
    return vps.OperationStarted(
        **state.event_ids(command.now),
        operation_id=command.operation_id,
        kind=upcoming.kind,
        generation=generation,
        external_name=named.name,
        labels=named.labels,
        due_from=upcoming.due_at or since,
    )
