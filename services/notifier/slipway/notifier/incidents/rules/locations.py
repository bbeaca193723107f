"""Rules for locations that send no webhooks or can't be read (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import deliveries
from slipway.contracts.deliveries import SilenceCause
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText

RULES = Rules()

_GHL = "ghl"

_CAUSES = {
    SilenceCause.NO_DELIVERIES: "GHL has sent no webhooks for longer than usual",
    SilenceCause.API_UNREACHABLE: "GHL can't be reached",
    SilenceCause.TOKEN_REFUSED: "GHL does not accept Slipway's token",
    SilenceCause.RATE_LIMITED: "GHL's rate limit or daily quota is used up",
    SilenceCause.LIST_NOT_UNDERSTOOD: "Some rows of GHL's subscription list can't be read",
}


@RULES.on(deliveries.LocationFellSilent)
def _silent(event: deliveries.LocationFellSilent, _: datetime) -> Iterable[RuleResult]:
    if event.cause is SilenceCause.API_UNREACHABLE:
        # An outage of GHL affects every location, so it is one incident for all of them.
        yield _ghl_unreachable(event)
        return
    yield from _ended_before(event)
    location, cause = event.location_id, _CAUSES[event.cause]
    severity = Severity.TODAY if event.cause is SilenceCause.NO_DELIVERIES else Severity.NOW
    text = MessageText(
        f"{cause}: location {location}",
        f"{cause}, since {event.since:%Y-%m-%d %H:%M} UTC.",
        "Slipway keeps polling GHL. Check in GHL that the workflow is switched on and the token "
        "is valid.",
    )
    yield shared_symptom(
        IncidentCause.LOCATION_SILENT, location, event.cause, severity, event.since, text
    )


def _ended_before(event: deliveries.LocationFellSilent) -> Iterable[RuleResult]:
    """Returns the recoveries of a location's other causes, because only its newest cause is true.

    GHL has answered, because otherwise the cause would be that it can't be reached.
    """
    location, another = event.location_id, "The location has another problem now."
    yield Recovery(IncidentCause.GHL_UNREACHABLE, _GHL, location, "GHL answers again.")
    for cause in SilenceCause:
        if cause not in {event.cause, SilenceCause.API_UNREACHABLE}:
            yield Recovery(IncidentCause.LOCATION_SILENT, location, cause, another)


def _ghl_unreachable(event: deliveries.LocationFellSilent) -> RuleResult:
    text = MessageText(
        _CAUSES[event.cause],
        f"GHL's API has not answered since {event.since:%Y-%m-%d %H:%M} UTC.",
        "Webhooks from GHL are kept. Slipway keeps polling and catches up automatically.",
    )
    return shared_symptom(
        IncidentCause.GHL_UNREACHABLE, _GHL, event.location_id, Severity.NOW, event.since, text
    )


@RULES.on(deliveries.LocationSilenceEnded)
def _silence_ended(event: deliveries.LocationSilenceEnded, _: datetime) -> Iterable[RuleResult]:
    location = event.location_id
    yield Recovery(IncidentCause.LOCATION_SILENT, location, None, "The location works again.")
    yield Recovery(IncidentCause.GHL_UNREACHABLE, _GHL, location, "GHL answers again.")
