"""Texts for events: the name, the details in one line, and the page to link to (pure)."""

from typing import Any

_VALUES = {
    "desired",
    "kind",
    "step",
    "drift",
    "answer",
    "rule",
    "mode",
    "cause",
    "channel",
}
"""Fields whose value is clear without the field's name, so that only the value is shown."""
_FIELDS = (
    "desired",
    "kind",
    "step",
    "attempt",
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
    "symptom_count",
    "score",
    "plan",
)
_SENTENCES = ("reason", "problem", "error", "title")
_SUBJECTS = {"vps": "VPS", "deliveries": "delivery"}
_PAGES = {"delivery": "/events/", "incident": "/incidents/", "vps": "/servers/"}


def event_name(type_: str) -> str:
    """Returns a readable name: `Operation parked` for `slipway.vps.operation-parked.v1`."""
    *_, area, name, _version = type_.split(".")
    words = name.replace("-", " ")
    if " " not in words or words.split()[0] in {"hold", "drift"}:
        words = f"{_SUBJECTS.get(area, area.removesuffix('s').replace('-', ' '))} {words}"
    return words[:1].upper() + words[1:]


def stream_link(entry: dict[str, Any]) -> tuple[str, str]:
    """Returns the category of the event's stream, and the path of the page about the stream.

    The path is "" if there is no such page.
    """
    category, _, id_ = str(entry["stream"]).partition("-")
    page = _PAGES.get(category)
    return category, f"{page}{id_}" if page else ""


def event_details(entry: dict[str, Any]) -> str:
    data = _with_entitlement(entry["data"])
    parts = [
        str(data[name]) if name in _VALUES else f"{name.replace('_', ' ')} {data[name]}"
        for name in _FIELDS
        if data.get(name) not in (None, "", ())
    ]
    fault = data.get("fault")
    if isinstance(fault, dict):
        parts.append(f"{fault.get('kind')}: {fault.get('message')}")
    parts += [str(data[name]) for name in _SENTENCES if data.get(name)]
    return " · ".join(parts)


def _with_entitlement(data: dict[str, Any]) -> dict[str, Any]:
    """Returns the event's data, with the main fields of its entitlement copied to the top level."""
    entitlement = data.get("entitlement")
    if not isinstance(entitlement, dict):
        return data
    status = entitlement.get("record", {}).get("status")
    verdict_text = f"verdict {entitlement['verdict']} (GHL: {status})"
    checked = f"{data['kind']}: " if data.get("kind") else ""
    verdict = {"kind": f"{checked}{verdict_text}"}
    return {
        **data,
        **verdict,
        "reason": entitlement.get("reason"),
        "plan": entitlement.get("plan"),
    }
