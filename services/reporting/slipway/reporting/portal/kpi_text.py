"""Figures in words: what each means, times, shares, and against which target (pure)."""

from datetime import datetime

from slipway.reporting.kpis.kpi import Kpi

NOTHING = "\N{EN DASH}"
TITLES = {
    "automation_success": "Automation success",
    "provisioning_time": "Provisioning time",
    "deprovisioning_time": "Deprovisioning time",
    "webhook_processing": "Webhook processing",
    "manual_interventions": "Manual interventions",
    "uptime": "Portal uptime",
    "error_rate": "Error rate",
    "satisfaction": "Satisfaction",
    "told_in_time": "Told in time",
    "faults_healed": "Faults healed alone",
    "portal_data_age": "Age of this page's data",
}
EXPLAINED = {
    "automation_success": "creates and deletes proven without a person, of those decided",
    "provisioning_time": "mean, from GHL's own time of the start to the server proven ready",
    "deprovisioning_time": "mean, from the cancellation or the hold's end to proven gone",
    "webhook_processing": "authentic deliveries applied or ignored by rule, of all",
    "manual_interventions": "creations and deletions by people this month, here or at the provider",
    "uptime": "time slots in which this portal answered within a second",
    "error_rate": "tasks failed, of tasks decided",
    "satisfaction": "mean of each admin's latest vote, from 1 to 5",
}
CASES = {
    "automation_success": ("task", "tasks"),
    "provisioning_time": ("server", "servers"),
    "deprovisioning_time": ("server", "servers"),
    "webhook_processing": ("delivery", "deliveries"),
    "manual_interventions": ("change in all", "changes in all"),
    "uptime": ("slot", "slots"),
    "error_rate": ("task", "tasks"),
    "satisfaction": ("vote", "votes"),
    "told_in_time": ("incident", "incidents"),
    "faults_healed": ("task with a fault", "tasks with a fault"),
    "portal_data_age": ("sample", "samples"),
}
AGAINST = {
    "automation_success": "Failed, or finished by a person",
    "webhook_processing": "Not processed, or seen by the poll alone",
    "manual_interventions": "Created or deleted by people",
    "uptime": "Down or slow",
    "error_rate": "Failed",
}
OTHERS = {
    "automation_success": "Done without a person",
    "provisioning_time": "Servers proven ready",
    "deprovisioning_time": "Servers proven gone",
    "webhook_processing": "Processed",
    "manual_interventions": "Retries by people, which don't count",
    "uptime": "Answered in time",
    "error_rate": "Succeeded",
    "satisfaction": "Votes",
}
APPEARS = {
    "automation_success": "Each server created or deleted will stand here.",
    "provisioning_time": "Each server will stand here once it is proven ready.",
    "deprovisioning_time": "Each server will stand here once it is proven gone.",
    "webhook_processing": "Each webhook of GHL will stand here with what became of it.",
    "manual_interventions": "Whatever a person creates or deletes will stand here.",
    "uptime": "The prober's verdicts on this portal will stand here.",
    "error_rate": "Each task will stand here once it is decided.",
    "satisfaction": "Admins are asked from their third visit on; their votes will stand here.",
}


def duration(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{round(seconds / 60, 1):g} min"
    if seconds < 172_800:
        return f"{round(seconds / 3600, 1):g} h"
    return f"{round(seconds / 86_400, 1):g} days"


def share(value: float | None) -> str:
    """Two places at most; what isn't all is never rounded up to it, nor a little down to none."""
    if value is None:
        return NOTHING
    percent = value * 100
    rounded = round(percent, 2)
    if rounded != percent and rounded in (0, 100):
        rounded = 0.01 if rounded == 0 else 99.99
    return f"{rounded:g} %"


def value(number: float | None, unit: str) -> str:
    if number is None:
        return NOTHING
    match unit:
        case "share":
            return share(number)
        case "seconds":
            return duration(number)
        case "score":
            return f"{number:.1f}"
        case _:
            return f"{number:g}"


_SIGNS = {"<=": "≤", ">=": "≥"}


def target(kpi: Kpi) -> str:
    if kpi.target is None or kpi.operator is None:
        return "no target"
    return f"{_SIGNS.get(kpi.operator, kpi.operator)} {value(kpi.target, kpi.unit)}"


def cases(kpi: Kpi) -> str:
    one, many = CASES[kpi.name]
    return f"{kpi.n:,} {one if kpi.n == 1 else many}"


def ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {_coarse(-seconds)}"
    return "just now" if seconds < 2 else f"{_coarse(seconds)} ago"


_STILL_SECONDS = 30.0
"""Each process tells every few seconds that it lives: after this long something stands still."""


def standstill(newest: datetime | None, now: datetime) -> float | None:
    """Seconds since anything at all came, once that is too long for a Kafka that is read."""
    silent = (now - newest).total_seconds() if newest is not None else 0.0
    return silent if silent > _STILL_SECONDS else None


def _coarse(seconds: float) -> str:
    """For the eye: nobody wants to know of 58.6 minutes."""
    for size, word in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= (2 if size == 86_400 else 1) * size:
            return f"{seconds // size:.0f} {word}"
    return f"{seconds:.0f} s"
