"""Decider of the destruction brake, which limits destructive operations (H17).

Each suspension, deletion and re-creation needs a permit before it is sent, unless an admin
requested it. One stream grants all permits. Once engaged, the brake stays engaged until an admin
resets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.commands import CommandRefused, ResetBrake
from slipway.contracts.envelope import Event
from slipway.contracts.vps import BrakeEngaged, BrakeReset, OperationKind, PermitGranted
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.eventstore.decider import Decider

STREAM = "brake-all"


@dataclass(frozen=True)
class Limits:
    """Number of permits in one window: `floor`, or `share` of the fleet if that is more."""

    floor: int = 10
    share: float = 0.2
    window: timedelta = timedelta(hours=1)

    def allowed(self, fleet_size: int) -> int:
        return max(self.floor, int(fleet_size * self.share))


@dataclass(frozen=True)
class TakePermit:
    vps_id: str
    operation_id: str
    kind: OperationKind
    now: datetime
    fleet_size: int
    limits: Limits


Command = TakePermit | ResetBrake


@dataclass(frozen=True)
class Permit:
    operation_id: str
    until: datetime


@dataclass(frozen=True)
class Brake:
    permits: tuple[Permit, ...] = ()
    """Permits that may still count against the limit."""
    engaged: bool = False
    answered: AnsweredCommands = NONE_ANSWERED

    def has_permit(self, operation_id: str) -> bool:
        return any(permit.operation_id == operation_id for permit in self.permits)


def decide(command: Command, state: Brake) -> Sequence[Event]:
    match command:
        case TakePermit():
            return _take(command, state)
        case ResetBrake():
            return _reset(command, state)
        case _:
            assert_never(command)


def _take(command: TakePermit, state: Brake) -> Sequence[Event]:
    if state.has_permit(command.operation_id) or state.engaged:
        return []
    counting = sum(permit.until > command.now for permit in state.permits)
    allowed = command.limits.allowed(command.fleet_size)
    window_seconds = command.limits.window.total_seconds()
    if counting >= allowed:
        return [
            BrakeEngaged(
                vps_id=command.vps_id,
                permits_in_window=counting,
                allowed=allowed,
                window_seconds=window_seconds,
            )
        ]
    return [
        PermitGranted(
            vps_id=command.vps_id,
            operation_id=command.operation_id,
            kind=command.kind,
            granted_at=command.now,
            window_seconds=window_seconds,
        )
    ]


def _reset(command: ResetBrake, state: Brake) -> Sequence[Event]:
    if command.command_id in state.answered:
        return []
    if not state.engaged:
        return [
            CommandRefused(
                command_id=command.command_id,
                command_type=command.TYPE,
                reason="The brake is not on.",
            )
        ]
    return [BrakeReset(command_id=command.command_id, actor=command.actor, reason=command.reason)]


def evolve(state: Brake, event: Event) -> Brake:
    match event:
        case PermitGranted(operation_id=id_, granted_at=at, window_seconds=seconds):
            kept = tuple(permit for permit in state.permits if permit.until > at)
            return replace(state, permits=(*kept, Permit(id_, at + timedelta(seconds=seconds))))
        case BrakeEngaged():
            return replace(state, engaged=True)
        case BrakeReset(command_id=id_):
            return replace(state, engaged=False, permits=(), answered=state.answered.plus(id_))
        case CommandRefused(command_id=id_):
            return replace(state, answered=state.answered.plus(id_))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of the brake")


BRAKE: Decider[Command, Brake] = Decider(
    category="brake",
    initial=Brake(),
    decide=decide,
    evolve=evolve,
    state_type=Brake,
)
