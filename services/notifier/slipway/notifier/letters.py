"""An incident and an occasion to a letter; the words are in `templates` and `wording`."""

import jinja2

from slipway.contracts.incidents import IncidentOpened, Severity
from slipway.notifier.ports import Letter

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("slipway.notifier", "templates"),
    autoescape=False,  # noqa: S701 - plain text for Slack and mail, never HTML
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)

_PREFIX = {"opened": "", "grew": "Growing: ", "reminder": "Reminder: ", "resolved": "Over: "}


def write(
    *,
    incident: IncidentOpened,
    occasion: str,
    symptoms: int,
    resolution: str | None,
    repeat: bool,
    portal_url: str,
) -> Letter:
    """The letter for one notification. A possible second copy says so in its subject."""
    body = _TEMPLATES.get_template(f"{occasion}.txt").render(
        incident=incident,
        symptoms=symptoms,
        resolution=resolution or "recovered.",
        link=f"{portal_url.rstrip('/')}/incidents/{incident.incident_id}",
    )
    again = " (repeat: you may have this one already)" if repeat else ""
    return Letter(
        subject=f"{_PREFIX[occasion]}{incident.title} [{incident.incident_id}]{again}",
        body=body,
        urgent=incident.severity is Severity.NOW and occasion != "resolved",
    )
