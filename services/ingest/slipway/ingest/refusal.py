"""Decider of a refusal without a target: a command about something that isn't there.

One stream per command (`refusal-<command id>`), so that the page can show the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider

CATEGORY = "refusal"


@dataclass(frozen=True)
class Refuse:
    command_id: str
    command_type: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    refused: bool = False


def decide(command: Refuse, state: Refusal) -> Sequence[Event]:
    if state.refused:
        return []
    return [
        CommandRefused(
            command_id=command.command_id,
            command_type=command.command_type,
            reason=command.reason,
        )
    ]


def evolve(_: Refusal, event: Event) -> Refusal:
    if not isinstance(event, CommandRefused):
        raise TypeError(f"{type(event).__name__} is no event of a refusal")
    return Refusal(refused=True)


def _never_due(_: Refusal) -> datetime | None:
    return None


def _never_open(_: Refusal) -> bool:
    return False


REFUSAL: Decider[Refuse, Refusal] = Decider(
    category=CATEGORY,
    initial=Refusal(),
    decide=decide,
    evolve=evolve,
    due_at=_never_due,
    is_open=_never_open,
    state_type=Refusal,
)
