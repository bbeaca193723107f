"""Commands of a notification stream. `sender` sends them, and `decider` decides on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Attempt:
    """The notification is due. The attempt is recorded before the channel is called."""

    now: datetime


@dataclass(frozen=True)
class Receipt:
    """The channel accepted the message."""


@dataclass(frozen=True)
class Failure:
    """The channel did not confirm the message."""

    now: datetime
    problem: str
    next_channel: str | None
    outcome_unknown: bool = False
    """The channel may have accepted the message."""
    permanent: bool = False
    """A retry fails too, until an admin changes something."""
    retry_after: timedelta | None = None
    """The wait that the channel asks for."""


Command = Attempt | Receipt | Failure
