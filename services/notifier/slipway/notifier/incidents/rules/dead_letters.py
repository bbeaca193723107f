"""Rules for dead letters: a consumer can't process an event (pure, H32)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import dead_letters
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, sentence

RULES = Rules()


@RULES.on(dead_letters.DeadLetterOpened)
def _opened(event: dead_letters.DeadLetterOpened, time: datetime) -> Iterable[RuleResult]:
    service, record = event.consumer.partition(".")[0], event.record
    text = MessageText(
        f"Service {service} can't process an event",
        f"{sentence(event.error)} (topic {record.topic}, offset {record.offset})",
        "Only later events of the same customer wait. After an engineer has fixed the cause, "
        "press Redrive on the portal's page Failed messages.",
    )
    yield shared_symptom(
        IncidentCause.DEAD_LETTER,
        event.consumer,
        event.dead_letter_id,
        Severity.NOW,
        time,
        text,
    )


@RULES.on(dead_letters.DeadLetterClosed)
def _closed(event: dead_letters.DeadLetterClosed, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.DEAD_LETTER,
        event.consumer,
        event.dead_letter_id,
        "No event waits any longer.",
    )
