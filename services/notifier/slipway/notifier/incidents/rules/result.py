"""What a rule may find: a Symptom of a cause, or the Recovery from one (pure).

`vps_rules` and `inbound_rules` make them, `incident` gathers them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.contracts.envelope import Message
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.contracts.vps import OperationKind
from slipway.notifier.notifications import text as wording


@dataclass(frozen=True)
class Symptom:
    cause: IncidentCause
    subject: str
    """What the cause is about; with the cause it names the incident."""
    affected: str
    """The VPS, delivery, location or part that shows the cause. A recovery names the same."""
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
    """None in a field: whatever it was. At least `cause` or `affected` is set."""

    cause: IncidentCause | None
    subject: str | None
    affected: str | None
    reason: str

    def __post_init__(self) -> None:
        if self.cause is None and self.affected is None:
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


_FAILED = {
    OperationKind.CREATE: IncidentCause.CREATE_FAILED,
    OperationKind.DELETE: IncidentCause.DELETE_FAILED,
    OperationKind.SUSPEND: IncidentCause.SUSPEND_FAILED,
    OperationKind.RESUME: IncidentCause.RESUME_FAILED,
}


def failed(kind: OperationKind) -> IncidentCause:
    """Return the one cause for everything that delays or stops this change of a VPS."""
    return _FAILED[kind]


def done(vps_id: str, reason: str) -> Recovery:
    """Whatever was not done of this VPS, and whichever incident it was laid to, is over."""
    return Recovery(None, None, vps_id, reason)


def about_vps(  # the one shape of everything that is about a single VPS
    event: Any, time: datetime, cause: IncidentCause, affected: str, text: wording.Text
) -> Symptom:
    return Symptom(
        cause=cause,
        subject=event.vps_id,
        affected=affected,
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
    cause: IncidentCause,
    subject: str,
    affected: str,
    severity: Severity,
    time: datetime,
    text: wording.Text,
) -> Symptom:
    return Symptom(
        cause=cause,
        subject=subject,
        affected=affected,
        severity=severity,
        since=time,
        **text.fields(),
    )


def unwell(cause: IncidentCause, subject: str, since: datetime, text: wording.Text) -> Symptom:
    """The one shape of what `vital_signs` finds: a process, the edge, the portal."""
    return wide(cause, subject, subject, Severity.NOW, since, text)
