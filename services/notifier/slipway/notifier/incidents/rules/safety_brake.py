"""Rules for the safety brake: engaged, and reset by an admin (pure, H17)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from slipway.contracts import vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, duration_text

RULES = Rules()

SUBJECT = "brake"
"""The subject of the incident. It is always the same, because there is only one brake."""


@RULES.on(vps.BrakeEngaged)
def _engaged(event: vps.BrakeEngaged, time: datetime) -> Iterable[RuleResult]:
    window = duration_text(timedelta(seconds=event.window_seconds))
    text = MessageText(
        "Safety brake engaged: no server is switched off, deleted or replaced",
        f"{event.permits_in_window} servers were switched off, deleted or replaced within "
        f"{window}. The limit is {event.allowed}.",
        "New servers are still created. Check why so many servers are affected. If it is right, "
        "press Reset under Safety brake in the portal.",
    )
    yield shared_symptom(IncidentCause.SAFETY_BRAKE, SUBJECT, SUBJECT, Severity.NOW, time, text)


@RULES.on(vps.BrakeReset)
def _reset(event: vps.BrakeReset, _: datetime) -> Iterable[RuleResult]:
    admin = event.actor.removeprefix("user:")
    reason = f"Reset by {admin}: {event.reason}"
    yield Recovery(IncidentCause.SAFETY_BRAKE, SUBJECT, SUBJECT, reason)
