"""What people read: a title, the cause in a sentence, and what happens next (pure).

For the owner of an agency, who is no engineer; an engineer finds the provider's code in brackets.
The texts stand beside what finds them: `vps_wording`, `inbound_wording`, `process_wording`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from slipway.contracts import vps


@dataclass(frozen=True)
class Text:
    title: str
    explanation: str
    next_step: str

    def fields(self) -> "TextFields":
        return {
            "title": self.title,
            "explanation": self.explanation,
            "next_step": self.next_step,
        }


class TextFields(TypedDict):
    title: str
    explanation: str
    next_step: str


PROCESSES = {
    "ingest": "The part that listens to GHL (ingest)",
    "provisioner": "The part that makes and deletes servers (provisioner)",
    "reporting": "The portal (reporting)",
    "notifier": "The part that sends these messages (notifier)",
}


def process(name: str) -> str:
    return PROCESSES.get(name, name)


def fault(found: vps.Fault) -> str:
    return f"{sentence(found.message).removesuffix('.')} [{found.code}]."


def sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def spoken(length: timedelta) -> str:
    """20 seconds, 3 minutes, 2 hours: rounded down to the largest unit that says enough."""
    seconds = int(length.total_seconds())
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
