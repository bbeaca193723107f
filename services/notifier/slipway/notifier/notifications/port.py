"""The port of a notification channel, and its errors. Their names say what the sender must do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

MAX_ATTEMPTS = 3
"""Attempts on one channel before the next channel takes over."""


@dataclass(frozen=True)
class RenderedMessage:
    """A message that is ready to send, as plain text for every channel."""

    subject: str
    """One line."""
    body: str
    urgent: bool


class SendFailed(Exception):
    """The channel gave no receipt. The text never contains an address, a key or the message."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class TryLater(SendFailed):
    """The channel has certainly not accepted the message, but may accept it later."""

    def __init__(self, problem: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after
        """The wait that the channel asks for."""


class Refused(SendFailed):
    """The channel has not accepted the message, and won't until an admin changes something."""


class OutcomeUnknown(SendFailed):
    """The channel may have accepted the message, so the next copy is marked as a repeat (H22)."""


class NotificationChannel(Protocol):
    """Sends messages to one channel. Each call makes one attempt.

    Only the notification's decider decides on retries.
    """

    name: str

    async def send(self, message: RenderedMessage) -> None:
        """Sends the message. Returns once the channel has accepted it. Raises only SendFailed."""
