"""What the worker needs from a channel, and what it must do when one says no."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

TRIES = 3
"""How often a channel is tried before the next one takes over."""


@dataclass(frozen=True)
class Letter:
    """One message, ready to send: plain text that every channel can carry."""

    subject: str
    """One line."""
    body: str
    urgent: bool


class NotTaken(Exception):
    """No receipt. The text never holds an address, a key or the message."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class TryLater(NotTaken):
    """It surely did not take the message, and may do so later."""

    def __init__(self, problem: str, *, wait: timedelta | None = None) -> None:
        super().__init__(problem)
        self.wait = wait
        """How long it asks us to wait."""


class Refused(NotTaken):
    """It surely did not take the message, and won't until a person mends something."""


class OutcomeUnknown(NotTaken):
    """It may have taken the message: the next copy is marked as a repeat (H22)."""


class Channel(Protocol):
    """A way to people, tried once for each call: retries are the notification's alone.

    `send` returns once the message was taken; raises NotTaken, nothing else.
    """

    name: str

    async def send(self, letter: Letter) -> None: ...
