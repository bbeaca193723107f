"""Renders the message that an incident opened, grew or ended, or a reminder of it (pure).

Every message has the same parts in the same order: cause, customer, plan, start, next step, link.
The layout is in `templates/message.txt`. The title, cause and next step come from the rules.
"""

from datetime import datetime

import jinja2

from slipway.contracts.incidents import IncidentOpened, Occasion, Severity
from slipway.notifier.message_text import MessageText, sentence
from slipway.notifier.notifications.port import RenderedMessage

_MESSAGE = jinja2.Environment(
    loader=jinja2.PackageLoader("slipway.notifier", "templates"),
    autoescape=False,  # noqa: S701 - plain text for Slack and mail, never HTML
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
).get_template("message.txt")

_PREFIX = {
    Occasion.OPENED: "",
    Occasion.GREW: "Growing: ",
    Occasion.REMINDER: "Reminder: ",
    Occasion.RESOLVED: "Resolved: ",
}


def render(
    *,
    incident: IncidentOpened,
    occasion: Occasion,
    symptom_count: int,
    resolution: str | None,
    repeat: bool,
    portal_url: str,
) -> RenderedMessage:
    """Returns the message for one notification. If it may be a second copy, its subject says so."""
    resolved = occasion is Occasion.RESOLVED
    body = _MESSAGE.render(
        cause=_cause(incident, occasion, symptom_count, resolution),
        customer=_customer(incident, symptom_count),
        plan=_plan(incident),
        since=incident.since,
        next_step="Nothing to do." if resolved else incident.next_step,
        reminder=_reminder(incident, occasion),
        link=f"{portal_url.rstrip('/')}/incidents/{incident.incident_id}",
    )
    again = " (repeat: you may have received this before)" if repeat else ""
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


def _cause(
    incident: IncidentOpened, occasion: Occasion, symptom_count: int, resolution: str | None
) -> str:
    match occasion:
        case Occasion.RESOLVED:
            reason = sentence(resolution or "The cause is gone.")
            return f"{reason} The incident was: {incident.explanation}"
        case Occasion.GREW:
            return f"{symptom_count} are affected now. {incident.explanation}"
        case Occasion.REMINDER:
            return f"Still open and not acknowledged. {incident.explanation}"
        case Occasion.OPENED:
            return incident.explanation


def _is_about_one_customer(incident: IncidentOpened) -> bool:
    return incident.contact_id is not None or incident.subscription_id is not None


def _customer(incident: IncidentOpened, symptom_count: int) -> str:
    if not _is_about_one_customer(incident):
        return "not specific to one customer"
    contact = incident.contact_id or "unknown contact"
    if incident.subscription_id is not None:
        contact += f" (subscription {incident.subscription_id})"
    return contact if symptom_count <= 1 else f"{contact} and others, {symptom_count} in all"


def _plan(incident: IncidentOpened) -> str:
    if incident.plan is not None:
        return incident.plan
    return "unknown" if _is_about_one_customer(incident) else "not specific to one plan"


def _reminder(incident: IncidentOpened, occasion: Occasion) -> str | None:
    if occasion is Occasion.REMINDER:
        return "Reminders continue until an operator presses Acknowledge in the portal."
    if occasion is Occasion.RESOLVED or incident.remind_at is None:
        return None
    when = f"{incident.remind_at:%H:%M} UTC"
    return f"Reminder at {when} unless an operator presses Acknowledge in the portal."


def _one_line(text: str) -> str:
    """Returns the text on one line, because the name of a product may contain line breaks."""
    return " ".join(text.split())
