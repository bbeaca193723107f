"""An incident and an occasion to a letter; the words are in `templates` and the wordings (pure).

Every letter says the same things in the same order: what, customer, plan, since, next, link.
"""

from datetime import datetime

import jinja2

from slipway.contracts.incidents import IncidentOpened, Occasion, Severity
from slipway.notifier.notifications.port import Letter
from slipway.notifier.notifications.text import Text, sentence

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
    Occasion.RESOLVED: "Over: ",
}

_NOBODY_ALONE = "not about a single one"


def write(
    *,
    incident: IncidentOpened,
    occasion: Occasion,
    symptom_count: int,
    resolution: str | None,
    repeat: bool,
    portal_url: str,
) -> Letter:
    """The letter for one notification. A possible second copy says so in its subject."""
    over = occasion is Occasion.RESOLVED
    body = _MESSAGE.render(
        what=_what(incident, occasion, symptom_count, resolution),
        customer=_customer(incident, symptom_count),
        plan=incident.plan or _NOBODY_ALONE,
        since=incident.since,
        next_step="Nothing for you to do." if over else incident.next_step,
        reminder=_reminder(incident, occasion),
        # One page shows them all; a browser goes to this one.
        link=f"{portal_url.rstrip('/')}/incidents/{incident.incident_id}",
    )
    again = " (repeat: you may have this one already)" if repeat else ""
    return Letter(
        subject=_line(f"{_PREFIX[occasion]}{incident.title} [{incident.incident_id}]{again}"),
        body=body,
        urgent=incident.severity is Severity.NOW and not over,
    )


def direct(text: Text, since: datetime, *, over: bool = False) -> Letter:
    """A letter that needs no incident: of what keeps us from having any."""
    body = _MESSAGE.render(
        what=text.explanation,
        customer="all of them",
        plan="all of them",
        since=since,
        next_step=text.next_step,
        reminder=None,
        link=None,
    )
    prefix = _PREFIX[Occasion.RESOLVED] if over else ""
    return Letter(subject=_line(f"{prefix}{text.title}"), body=body, urgent=not over)


def _what(
    incident: IncidentOpened, occasion: Occasion, symptom_count: int, resolution: str | None
) -> str:
    match occasion:
        case Occasion.RESOLVED:
            return f"{sentence(resolution or 'It recovered')} It was: {incident.explanation}"
        case Occasion.GREW:
            return f"{symptom_count} are affected by now. {incident.explanation}"
        case Occasion.REMINDER:
            return f"It is still so, and nobody is on it yet. {incident.explanation}"
        case _:
            return incident.explanation


def _customer(incident: IncidentOpened, symptom_count: int) -> str:
    if incident.contact_id is None and incident.subscription_id is None:
        return _NOBODY_ALONE
    contact = incident.contact_id or "unknown contact"
    if incident.subscription_id is not None:
        contact += f" (subscription {incident.subscription_id})"
    return contact if symptom_count <= 1 else f"{contact} and others, {symptom_count} in all"


def _reminder(incident: IncidentOpened, occasion: Occasion) -> str | None:
    if occasion is Occasion.REMINDER:
        return 'You are reminded until somebody presses "I am on it" in the portal.'
    if occasion is Occasion.RESOLVED or incident.remind_at is None:
        return None
    when = f"{incident.remind_at:%H:%M} UTC"
    return f'You are reminded at {when} unless somebody presses "I am on it" in the portal.'


def _line(text: str) -> str:
    """A subject is one line, whatever a product's or a server's name holds."""
    return " ".join(text.split())
