"""Text of the messages to admins (pure): title, cause and next step, and helpers for them.

The readers own agencies and are not engineers, so a provider's error code is in brackets. Each rule
has its texts in its own file. `notifications.render` builds the whole message.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from slipway.contracts import vps


class TextFields(TypedDict):
    title: str
    explanation: str
    next_step: str


@dataclass(frozen=True)
class MessageText:
    title: str
    explanation: str
    """The cause, in one sentence."""
    next_step: str
    """What Slipway does next and when, or what the admin should do."""

    def fields(self) -> TextFields:
        return {
            "title": self.title,
            "explanation": self.explanation,
            "next_step": self.next_step,
        }


def fault_sentence(fault: vps.Fault) -> str:
    return f"{sentence(fault.message).removesuffix('.')} [{fault.code}]."


def sentence(text: str) -> str:
    """Returns the text on one line with a full stop."""
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration_text(length: timedelta) -> str:
    """Returns a duration as text, for example 20 seconds, 3 minutes or 2 hours.

    The number is rounded down. Minutes are used from 2 minutes on, and hours from 2 hours on.
    """
    seconds = int(length.total_seconds())
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return count_of(seconds // size, unit)
    return count_of(seconds, "second")
