"""An event in words: its name, and what it says beyond that, in a line (pure)."""

from typing import Any

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
    "symptom_count",
    "score",
    "plan",
)
_PLAIN = {"desired", "kind", "step", "why", "drift", "answer", "rule", "mode", "cause", "channel"}
_SENTENCES = ("reason", "problem", "error", "title")


_AREAS = {"vps": "VPS", "deliveries": "delivery"}


def name_of(type_: str) -> str:
    """`slipway.vps.operation-parked.v1` -> `Operation parked`."""
    *_, area, name, _version = type_.split(".")
    words = name.replace("-", " ")
    if " " not in words or words.split()[0] in {"hold", "drift"}:
        words = f"{_AREAS.get(area, area.removesuffix('s').replace('-', ' '))} {words}"
    return words[:1].upper() + words[1:]


_PAGES = {"delivery": "/events/", "incident": "/incidents/", "vps": "/vps/"}


def stream_of(entry: dict[str, Any]) -> tuple[str, str]:
    """Its stream in a word, and the path of the page about it, or nothing."""
    category, _, id_ = str(entry["stream"]).partition("-")
    page = _PAGES.get(category)
    return category, f"{page}{id_}" if page else ""


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
    status = entitlement.get("record", {}).get("status")
    said = {"kind": f"verdict {entitlement['verdict']} (GHL: {status})"}
    return {**data, **said, "reason": entitlement.get("reason"), "plan": entitlement.get("plan")}
