"""Data in words: times, shares, figures, and a sentence for each event (pure)."""

from datetime import datetime
from typing import Any

from slipway.reporting.kpis.figure import Kpi

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
    "manual_interventions": "creations and deletions by people, here or at the provider",
    "uptime": "time slots in which this portal answered within a second",
    "error_rate": "tasks failed, of tasks decided",
    "satisfaction": "mean of each admin's latest vote, from 1 to 5",
}
_FIELDS = (
    "desired",
    "kind",
    "step",
    "attempt",
    "why",
    "drift",
    "answer",
    "rule",
    "mode",
    "cause",
    "ipv4",
    "region",
    "provider_id",
    "channel",
    "occasion",
    "symptoms",
    "score",
    "plan",
)
_PLAIN = {"desired", "kind", "step", "why", "drift", "answer", "rule", "mode", "cause", "channel"}
_SENTENCES = ("reason", "problem", "error", "title")


def duration(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def share(value: float | None) -> str:
    if value is None:
        return NOTHING
    percent = value * 100
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.2f} %"


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


def ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    return "just now" if seconds < 2 else f"{duration(seconds)} ago"


def name_of(type_: str) -> str:
    """`slipway.vps.operation-parked.v1` -> `Operation parked`."""
    *_, area, name, _version = type_.split(".")
    words = name.replace("-", " ")
    if " " not in words or words.split()[0] in {"hold", "drift"}:
        words = f"{area.removesuffix('s').replace('-', ' ').replace('vp', 'VPS')} {words}"
    return words[:1].upper() + words[1:]


def facts_of(entry: dict[str, Any]) -> str:
    """What an event says beyond its name, in a line."""
    data = _flat(entry["data"])
    parts = [
        str(data[name]) if name in _PLAIN else f"{name.replace('_', ' ')} {data[name]}"
        for name in _FIELDS
        if data.get(name) not in (None, "", ())
    ]
    fault = data.get("fault")
    if isinstance(fault, dict):
        parts.append(f"{fault.get('kind')}: {fault.get('message')}")
    parts += [str(data[name]) for name in _SENTENCES if data.get(name)]
    return " · ".join(parts)


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    entitlement = data.get("entitlement")
    if not isinstance(entitlement, dict):
        return data
    status = entitlement.get("snapshot", {}).get("status")
    said = {"kind": f"verdict {entitlement['verdict']} (GHL: {status})"}
    return {**data, **said, "reason": entitlement.get("reason"), "plan": entitlement.get("plan")}


def trace_id(traceparent: str | None) -> str | None:
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None
