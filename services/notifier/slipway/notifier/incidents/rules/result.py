"""What a rule may find: a Symptom of a cause, or the Recovery from one (pure).

`vps_rules` and `inbound_rules` make them, `incident` gathers them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.contracts.envelope import Message
from slipway.contracts.incidents import Severity
from slipway.notifier.notifications import text as wording


@dataclass(frozen=True)
class Symptom:
    cause: str
    scope: str
    """What the cause is about; with the cause it names the incident."""
    subject: str
    """Whose symptom this is within the scope; a recovery names the same."""
    severity: Severity
    title: str
    explanation: str
    next_step: str
    since: datetime
    subscription_id: str | None = None
    contact_id: str | None = None
    plan: str | None = None


@dataclass(frozen=True)
class Recovery:
    """None in a field: whatever it was. At least the cause or the subject is named."""

    cause: str | None
    scope: str | None
    subject: str | None
    reason: str

    def __post_init__(self) -> None:
        if self.cause is None and self.subject is None:
            raise ValueError("a recovery from everything is none")


Finding = Symptom | Recovery

Rule = Callable[[Any, datetime], Iterable[Finding]]


class Rules(dict[type[Message], Rule]):
    """A table from event class to rule, filled by decorating the rules."""

    def on(self, *events: type[Message]) -> Callable[[Rule], Rule]:
        def register(rule: Rule) -> Rule:
            self.update(dict.fromkeys(events, rule))
            return rule

        return register


def failed(kind: str) -> str:
    """The cause under which everything about one undone change of a VPS gathers."""
    return f"{kind}-failed"


def done(vps_id: str, reason: str) -> Recovery:
    """Whatever was not done of this VPS, and whichever incident it was laid to, is over."""
    return Recovery(None, None, vps_id, reason)


def about_vps(  # the one shape of everything that is about a single VPS
    event: Any, time: datetime, cause: str, subject: str, text: wording.Text
) -> Symptom:
    return Symptom(
        cause=cause,
        scope=event.vps_id,
        subject=subject,
        severity=Severity.NOW,
        title=text.title,
        explanation=text.explanation,
        next_step=text.next_step,
        since=time,
        subscription_id=event.subscription_id,
        contact_id=getattr(event, "contact_id", None),
        plan=getattr(event, "plan", None),
    )


def wide(  # the one shape of everything that is wider than one customer
    cause: str, scope: str, subject: str, severity: Severity, time: datetime, text: wording.Text
) -> Symptom:
    return Symptom(
        cause=cause, scope=scope, subject=subject, severity=severity, since=time, **text.fields()
    )


def unwell(cause: str, scope: str, since: datetime, text: wording.Text) -> Symptom:
    """The one shape of what `vital_signs` finds: a process, the edge, the portal."""
    return wide(cause, scope, scope, Severity.NOW, since, text)
