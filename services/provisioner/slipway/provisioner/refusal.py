"""A refusal without a target: a command about something that isn't there.

One stream per command (`refusal-<command id>`), so that the page can show the answer.
"""

from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider


def _refused(state: str, event: Event) -> str:
    if not isinstance(event, CommandRefused):
        raise TypeError(f"{type(event).__name__} is no event of a refusal")
    return state or event.reason


REFUSAL: Decider[None, str] = Decider(
    category="refusal",
    initial="",
    decide=lambda _command, _state: [],
    evolve=_refused,
    due_at=lambda _state: None,
    is_open=lambda _state: False,
    state_type=str,
)
