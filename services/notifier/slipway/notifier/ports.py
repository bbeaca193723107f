"""What the worker needs from a channel, and what it must do when one says no."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """One message, ready to send: plain text that every channel can carry."""

    subject: str
    body: str
    urgent: bool


class NotTaken(Exception):
    """The channel did not take the message, or we can't tell.

    `in_doubt`: it may have been taken all the same. `wait`: how long the channel asks us to wait.
    The text never holds an address, a key or the message.
    """

    def __init__(self, problem: str, *, in_doubt: bool, wait: timedelta | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.in_doubt = in_doubt
        self.wait = wait


class Channel(Protocol):
    """A way to people. `send` returns once it was taken; raises NotTaken, nothing else."""

    name: str

    async def send(self, letter: Letter) -> None: ...


class Clock(Protocol):
    def __call__(self) -> datetime: ...
