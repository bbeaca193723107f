"""Texts about our own processes, the edge and the portal (pure). `health` uses them."""

from collections.abc import Sequence
from datetime import timedelta

from slipway.contracts.incidents import ProbeAnswered, ProbeFailure
from slipway.notifier.message_text import MessageText, duration_text, sentence

_ROLES = {
    "ingest": "the service that receives webhooks from GHL",
    "provisioner": "the service that creates and deletes servers",
    "reporting": "the portal",
}


def heartbeat_missing(service: str, silent_for: timedelta) -> MessageText:
    return MessageText(
        f"Service {service} is not responding",
        f"{_described(service)} sends no heartbeat. When this was noticed, the last one was "
        f"{duration_text(silent_for)} old.",
        "Restart it. Its work waits in its store and is not lost.",
    )


def behind(service: str, delay: timedelta) -> MessageText:
    return MessageText(
        f"Service {service} is behind",
        f"{_described(service)} has work that waits too long. When this was noticed, it had waited "
        f"for {duration_text(delay)}.",
        "It may catch up on its own; then you receive a message. If it does not, restart it, which "
        "is safe.",
    )


def tasks_failing(service: str, tasks: Sequence[str]) -> MessageText:
    return MessageText(
        f"Part of service {service} keeps failing",
        f"{_described(service)} restarts these tasks, and they fail again: {', '.join(tasks)}. "
        "Its other tasks go on.",
        f"An engineer should look at the page /health of {service} and at its log.",
    )


def step_failing(service: str, stream: str) -> MessageText:
    return MessageText(
        f"Service {service} fails at the same work again and again",
        f"{_described(service)} can't finish the due work of {stream}.",
        "Slipway tries it again every minute, and all other work goes on. An engineer should look "
        "for this stream in the service's log.",
    )


def clock_skew(service: str, instance: str, seconds: float) -> MessageText:
    direction = "ahead of" if seconds > 0 else "behind"
    return MessageText(
        f"The clock of {service} is wrong",
        f"The clock of process {instance} is {abs(seconds):.1f} s {direction} the clock of its "
        "database.",
        "Slipway works by the database's clock, so nothing is late. An engineer should synchronise "
        "the clocks of both machines, for example with NTP.",
    )


def _described(service: str) -> str:
    name = service.capitalize()
    return f"{name} ({_ROLES[service]})" if service in _ROLES else name


def signatures_refused(number: int) -> MessageText:
    return MessageText(
        "Many webhooks with a wrong signature were refused",
        f"Within one minute, {number} webhooks were not signed with GHL's key.",
        "If GHL has changed its key, an engineer adds the new key to the old one. Otherwise the "
        "calls come from elsewhere, and nothing needs to be done.",
    )


def webhook_too_large(number: int) -> MessageText:
    return MessageText(
        "GHL sent webhooks that are too large",
        f"Within one minute, {number} were larger than 4 MiB and were not accepted.",
        "Slipway also reads subscriptions from GHL directly, so a purchase is found within "
        "minutes. An engineer should check the webhooks.",
    )


_PORTAL_TITLES = {
    None: "The portal is not responding",
    ProbeFailure.NO_ANSWER: "The portal is not responding",
    ProbeFailure.ERROR: "The portal answers with an error",
    ProbeFailure.SLOW: "The portal answers too slowly",
}


def portal_down(probe: ProbeAnswered) -> MessageText:
    return MessageText(
        _PORTAL_TITLES[probe.failure],
        sentence(probe.problem or "The probe failed"),
        "Servers are still created and deleted. If it lasts, restart reporting.",
    )
