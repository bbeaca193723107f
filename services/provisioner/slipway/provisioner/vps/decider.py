"""Decider of one VPS. One operation at a time brings the server to the desired state.

Every command about a VPS is listed here. `inbox` and `command_inbox` send entitlements, GHL's
answers and admin commands. `worker` sends the steps of operations. `inventory` sends drifts. Only
`decide` creates Vps events.
"""

from collections.abc import Sequence
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider
from slipway.provisioner.vps.admin_commands import handle_command
from slipway.provisioner.vps.admin_requests import HandleCommand
from slipway.provisioner.vps.drift import NoteDrift, note_drift
from slipway.provisioner.vps.entitlement import ApplyEntitlement, apply_entitlement
from slipway.provisioner.vps.evolve import evolve
from slipway.provisioner.vps.follow_up import follow_up
from slipway.provisioner.vps.operation.attempts import (
    ConcludeAttempt,
    StartAttempt,
    conclude_attempt,
    start_attempt,
)
from slipway.provisioner.vps.operation.next_step import due_at, has_open_work
from slipway.provisioner.vps.operation.observation import Observe
from slipway.provisioner.vps.operation.proof import observe
from slipway.provisioner.vps.operation.start import StartOperation, start_operation
from slipway.provisioner.vps.operation.withholding import (
    EndWithholding,
    WithholdOperation,
    end_withholding,
    withhold,
)
from slipway.provisioner.vps.paid_period import ConcludeAbsence, conclude_absence
from slipway.provisioner.vps.release import (
    AnswerRelease,
    RequestRelease,
    answer_release,
    request_release,
)
from slipway.provisioner.vps.state import Vps

CATEGORY = "vps"

Command = (
    ApplyEntitlement
    | HandleCommand
    | StartOperation
    | StartAttempt
    | ConcludeAttempt
    | Observe
    | RequestRelease
    | AnswerRelease
    | WithholdOperation
    | EndWithholding
    | NoteDrift
    | ConcludeAbsence
)


def decide(command: Command, state: Vps) -> Sequence[Event]:
    if not state.exists and not isinstance(command, ApplyEntitlement):
        return []
    return follow_up(_decided(command, state), state, command.now)


def _decided(command: Command, state: Vps) -> Sequence[Event]:  # noqa: C901, PLR0911, PLR0912 - the table of commands
    match command:
        case ApplyEntitlement():
            return apply_entitlement(command, state)
        case HandleCommand():
            return handle_command(command, state)
        case StartOperation():
            return start_operation(command, state)
        case StartAttempt():
            return start_attempt(command, state)
        case ConcludeAttempt():
            return conclude_attempt(command, state)
        case Observe():
            return observe(command, state)
        case RequestRelease():
            return request_release(command, state)
        case AnswerRelease():
            return answer_release(command, state)
        case WithholdOperation():
            return withhold(command, state)
        case EndWithholding():
            return end_withholding(command, state)
        case NoteDrift():
            return note_drift(command, state)
        case ConcludeAbsence():
            return conclude_absence(command, state)
        case _:
            assert_never(command)


VPS: Decider[Command, Vps] = Decider(
    category=CATEGORY,
    initial=Vps(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    has_open_work=has_open_work,
    state_type=Vps,
    fold_version=5,
)
