"""Reads from an incident's stream what a message needs (pure). `sender` uses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts.envelope import Message
from slipway.contracts.incidents import (
    IncidentAcknowledged,
    IncidentEvent,
    IncidentOpened,
    IncidentReminded,
    IncidentResolved,
)


@dataclass(frozen=True)
class IncidentHistory:
    opened: IncidentOpened
    remind_at: datetime | None
    """Time of the next reminder. None if none follows."""
    resolution: str | None
    """The reason of the end. None while the incident is open."""


def history_of(incident_id: str, events: Iterable[Message]) -> IncidentHistory:
    """Returns the history of this occurrence. Raises LookupError if the stream does not have it."""
    opened: IncidentOpened | None = None
    remind_at: datetime | None = None
    resolution: str | None = None
    for event in events:
        if not isinstance(event, IncidentEvent) or event.incident_id != incident_id:
            continue
        match event:
            case IncidentOpened():
                opened, remind_at = event, event.remind_at
            case IncidentReminded():
                remind_at = event.remind_at
            case IncidentAcknowledged():
                remind_at = None
            case IncidentResolved(reason=reason):
                remind_at, resolution = None, reason
            case _:
                pass
    if opened is None:
        raise LookupError(f"no incident {incident_id} in its stream")
    return IncidentHistory(opened, remind_at, resolution)
