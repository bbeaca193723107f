"""Records that a command was refused because its target does not exist.

Each refusal has its own stream, `refusal-<command id>`. Each service's handler of admin commands
calls `refuse`. The portal then shows the reason.
"""

from collections.abc import Sequence
from datetime import datetime

from slipway.contracts.commands import Command, CommandRefused
from slipway.contracts.envelope import Event, Meta
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.decider import Decider
from slipway.eventstore.store import EventStore


def _decide(refused: CommandRefused, reason: str) -> Sequence[Event]:
    return [] if reason else [refused]


def _evolve(_reason: str, event: Event) -> str:
    if not isinstance(event, CommandRefused):
        raise TypeError(f"{type(event).__name__} is no event of a refusal")
    return event.reason


REFUSAL: Decider[CommandRefused, str] = Decider(
    category="refusal", initial="", decide=_decide, evolve=_evolve, state_type=str
)
"""The state of a stream is the reason of the refusal, or "" before the refusal."""


async def refuse(
    store: EventStore, command: Command, reason: str, *, now: datetime, meta: Meta
) -> None:
    """Records the refusal once, even if the same command is delivered several times."""
    refused = CommandRefused(
        command_id=command.command_id, command_type=command.TYPE, reason=reason
    )
    stream = stream_of(REFUSAL.category, command.command_id)
    await handle(store, REFUSAL, stream, refused, now=now, meta=meta)
