"""Results of the rules (pure): a Symptom of a cause, or a Recovery from it.

The rules and `monitoring` create them, and `incidents.intake` handles them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.contracts.envelope import Message
from slipway.contracts.incidents import ExpectationEvent, IncidentCause, Severity
from slipway.contracts.vps import VpsEvent
from slipway.notifier.incident_key import IncidentKey
from slipway.notifier.message_text import MessageText


@dataclass(frozen=True)
class Symptom:
    cause: IncidentCause
    subject: str
    """The id of the VPS, account, location or other part that the incident is about."""
    affected: str
    """The VPS, delivery, location or part that shows the cause. The recovery names it too."""
    severity: Severity
    title: str
    explanation: str
    next_step: str
    since: datetime
    subscription_id: str | None = None
    contact_id: str | None = None
    plan: str | None = None

    @property
    def key(self) -> IncidentKey:
        return IncidentKey(self.cause, self.subject)


@dataclass(frozen=True)
class Recovery:
    """Ends the matching symptoms. A field that is None matches any value.

    Raises ValueError if both `cause` and `affected` are None, because such a recovery would
    end too many symptoms.
    """

    cause: IncidentCause | None
    subject: str | None
    affected: str | None
    reason: str

    def __post_init__(self) -> None:
        if self.cause is None and self.affected is None:
            raise ValueError("a recovery needs a cause or what is affected")


RuleResult = Symptom | Recovery

Rule = Callable[[Any, datetime], Iterable[RuleResult]]
"""Takes an event and the time when it was recorded. Returns symptoms and recoveries."""


class Rules(dict[type[Message], Rule]):
    """A table that contains the rule for each event class. The decorator `on` adds a rule."""

    def on(self, *events: type[Message]) -> Callable[[Rule], Rule]:
        def register(rule: Rule) -> Rule:
            self.update(dict.fromkeys(events, rule))
            return rule

        return register


def vps_symptom(
    event: VpsEvent | ExpectationEvent,
    since: datetime,
    cause: IncidentCause,
    affected: str,
    text: MessageText,
) -> Symptom:
    """Returns a symptom about one VPS. `incidents.correlation` adds the customer and the plan."""
    return Symptom(
        cause=cause,
        subject=event.vps_id,
        affected=affected,
        severity=Severity.NOW,
        since=since,
        subscription_id=event.subscription_id,
        **text.fields(),
    )


def shared_symptom(
    cause: IncidentCause,
    subject: str,
    affected: str,
    severity: Severity,
    since: datetime,
    text: MessageText,
) -> Symptom:
    """Returns a symptom that is not about a single customer."""
    return Symptom(
        cause=cause,
        subject=subject,
        affected=affected,
        severity=severity,
        since=since,
        **text.fields(),
    )


def process_symptom(
    cause: IncidentCause,
    process: str,
    since: datetime,
    text: MessageText,
    *,
    severity: Severity = Severity.NOW,
) -> Symptom:
    """Returns a symptom of one of our own processes, of the edge or of the portal."""
    return shared_symptom(cause, process, process, severity, since, text)
