"""Renders the message that an incident opened, grew or ended, or a reminder of it (pure).

Every message has the same parts in the same order: cause, customer, plan, start, next step, link.
The layout is in `templates/message.txt`. The title, cause and next step come from the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jinja2

from slipway.contracts.incidents import AffectedCustomer, IncidentOpened, Occasion, Severity
from slipway.notifier.message_text import MessageText, sentence
from slipway.notifier.notifications.port import RenderedMessage

_MESSAGE = jinja2.Environment(
    loader=jinja2.PackageLoader("slipway.notifier", "templates"),
    autoescape=False,  # noqa: S701 - plain text for Slack and mail, never HTML
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
).get_template("message.txt")

_SOON = timedelta(minutes=1)
"""A reminder that is due so soon may be in the past when the message is read."""

_PREFIX = {
    Occasion.OPENED: "",
    Occasion.GREW: "Growing: ",
    Occasion.REMINDER: "Reminder: ",
    Occasion.RESOLVED: "Resolved: ",
}


@dataclass(frozen=True)
class Notice:
    """The content of one notification about an incident."""

    incident: IncidentOpened
    occasion: Occasion
    now: datetime
    """The time of sending. A time before it is not printed as a future time."""
    remind_at: datetime | None
    """Time of the next reminder. None if an admin has acknowledged the incident."""
    symptom_count: int = 1
    customers: Sequence[AffectedCustomer] = ()
    resolution: str | None = None
    repeat: bool = False


def render(notice: Notice, *, portal_url: str) -> RenderedMessage:
    """Returns the message for one notification. If it may be a second copy, its subject says so."""
    incident, occasion = notice.incident, notice.occasion
    resolved = occasion is Occasion.RESOLVED
    body = _MESSAGE.render(
        cause=_cause(notice),
        customer=_customer(notice),
        plan=_plan(incident),
        since=incident.since,
        next_step="Nothing to do." if resolved else incident.next_step,
        reminder=_reminder(notice),
        link=f"{portal_url.rstrip('/')}/incidents/{incident.incident_id}",
    )
    again = " (repeat: you may have received this before)" if notice.repeat else ""
    return RenderedMessage(
        subject=_one_line(f"{_PREFIX[occasion]}{incident.title} [{incident.incident_id}]{again}"),
        body=body,
        urgent=incident.severity is Severity.NOW and not resolved,
    )


def render_fallback(
    text: MessageText, since: datetime, *, resolved: bool = False
) -> RenderedMessage:
    """Returns a message without an incident, for outages in which no incident can be stored."""
    body = _MESSAGE.render(
        cause=text.explanation,
        customer="all customers",
        plan="all plans",
        since=since,
        next_step=text.next_step,
        reminder=None,
        link=None,
    )
    prefix = _PREFIX[Occasion.RESOLVED] if resolved else ""
    return RenderedMessage(
        subject=_one_line(f"{prefix}{text.title}"), body=body, urgent=not resolved
    )


def _cause(notice: Notice) -> str:
    incident = notice.incident
    match notice.occasion:
        case Occasion.RESOLVED:
            reason = sentence(notice.resolution or "The cause is gone.")
            return f"{reason} The incident was: {incident.explanation}"
        case Occasion.GREW:
            return f"{notice.symptom_count} are affected now. {incident.explanation}"
        case Occasion.REMINDER:
            many = notice.symptom_count > 1
            affected = f" {notice.symptom_count} are affected now." if many else ""
            return f"Still open and not acknowledged.{affected} {incident.explanation}"
        case Occasion.OPENED:
            return incident.explanation


def _is_about_one_customer(incident: IncidentOpened) -> bool:
    return incident.contact_id is not None or incident.subscription_id is not None


def _customer(notice: Notice) -> str:
    incident, count = notice.incident, notice.symptom_count
    if notice.customers:
        names = [_name(each.contact_id, each.subscription_id) for each in notice.customers]
        others = count - len(names)
        return ", ".join(names) + (f" and {others} more, {count} in all" if others > 0 else "")
    if not _is_about_one_customer(incident):
        return "not specific to one customer"
    name = _name(incident.contact_id, incident.subscription_id)
    return name if count <= 1 else f"{name} and others, {count} in all"


def _name(contact_id: str | None, subscription_id: str | None) -> str:
    if subscription_id is None:
        return contact_id or "not specific to one customer"
    if contact_id is None:
        return f"the customer of subscription {subscription_id}"
    return f"{contact_id} (subscription {subscription_id})"


def _plan(incident: IncidentOpened) -> str:
    if incident.plan is not None:
        return incident.plan
    return "no known plan" if _is_about_one_customer(incident) else "not specific to one plan"


def _reminder(notice: Notice) -> str | None:
    remind_at = notice.remind_at
    if notice.occasion is Occasion.RESOLVED or remind_at is None:
        return None
    if notice.occasion is Occasion.REMINDER or remind_at - notice.now < _SOON:
        return "Reminders continue until an operator presses Acknowledge in the portal."
    another_day = remind_at.date() != notice.now.date()
    when = f"{remind_at:%Y-%m-%d %H:%M}" if another_day else f"{remind_at:%H:%M}"
    return f"Reminder at {when} UTC unless an operator presses Acknowledge in the portal."


def _one_line(text: str) -> str:
    """Returns the text on one line, because the name of a product may contain line breaks."""
    return " ".join(text.split())
