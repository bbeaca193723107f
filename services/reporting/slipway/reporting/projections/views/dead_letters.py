"""Dead letters: records that a consumer could not process, and the number of waiting records."""

from enum import StrEnum

from slipway.contracts import dead_letters
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import Projection, View, is_newer, mark_seen

COLLECTION = "dead_letters"


class DeadLetterState(StrEnum):
    OPEN = "open"
    REDRIVING = "redriving"
    CLOSED = "closed"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    return (event.dead_letter_id,) if isinstance(event, dead_letters.DeadLetterEvent) else ()


def _project(view: View, recorded: Recorded) -> View:
    event = recorded.event
    if not isinstance(event, dead_letters.DeadLetterEvent) or not is_newer(view, recorded):
        return view
    known: View = {
        "state": DeadLetterState.OPEN,
        "waiting": 0,
        "opened_at": recorded.time,
        **view,
    }
    return {
        **known,
        **_changes(known, event, recorded),
        "consumer": event.consumer,
        "key": event.key,
        "version": recorded.version,
        "seen": mark_seen(view, recorded),
    }


def _changes(view: View, event: dead_letters.DeadLetterEvent, recorded: Recorded) -> View:  # noqa: PLR0911 - a table of events
    match event:
        case dead_letters.DeadLetterOpened(record=record, error=error):
            opened = {"state": DeadLetterState.OPEN, "opened_at": recorded.time, "waiting": 1}
            return opened | {"record": record.model_dump(), "error": error, "attention": None}
        case dead_letters.DeadLetterQueued():
            return {"waiting": view["waiting"] + 1}
        case dead_letters.DeadLetterRedriveRequested():
            return {"state": DeadLetterState.REDRIVING, "attention": None}
        case dead_letters.DeadLetterRedriveFailed(error=error):
            again = {"message": error, "since": recorded.time}
            return {"state": DeadLetterState.OPEN, "error": error, "attention": again}
        case dead_letters.DeadLetterRedriven():
            return {"waiting": max(view["waiting"] - 1, 0), "proven_at": recorded.time}
        case dead_letters.DeadLetterSkipped():
            return {"waiting": max(view["waiting"] - 1, 0)}
        case dead_letters.DeadLetterClosed():
            return {"state": DeadLetterState.CLOSED, "waiting": 0}
        case _:
            return {}


PROJECTION = Projection(COLLECTION, (dead_letters.DeadLetterEvent,), _keys, _project)
