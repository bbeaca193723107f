"""What stands beside a figure, in words: the page behind each figure lists it (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from slipway.reporting.kpis.kpi import Kpi
from slipway.reporting.portal.kpi_text import NOTHING, duration, share

_LABELS = {
    "by_kind": "by kind",
    "by_cause": "by cause",
    "overtaken": "overtaken before they were done",
    "p50": "half of them within",
    "p95": "95 % of them within",
    "our_part_mean": "our part of it, from receipt",
    "cancellation_to_access_off": "cancellation to access off",
    "found_only_by_the_poll": "found only by the poll",
    "late": "decided later than 5 min",
    "undecided_yet": "younger than 5 min, not judged yet",
    "refused": "refused at the edge (401)",
    "duplicates": "duplicates that changed nothing",
    "retries_by_people": "retries by people",
    "in_this_window": "in the window chosen above",
    "range": "between, for all we know",
    "unmeasured_share": "not measured",
    "down_or_slow": "slots down or slower than 1 s",
}


def beside(kpi: Kpi) -> list[tuple[str, str]]:
    """(label, text), in the formula's order."""
    return [
        (_LABELS.get(name, name.replace("_", " ")), _text(kpi.unit, found))
        for name, found in kpi.beside.items()
    ]


def _text(unit: str, found: Any) -> str:
    if found is None:
        return NOTHING
    if isinstance(found, Mapping):
        return _counted(found)
    number: Callable[[float | None], str] = duration if unit == "seconds" else share
    if isinstance(found, list | tuple):
        return " to ".join(number(each) for each in found)
    return number(found) if isinstance(found, float) else str(found)


def _counted(found: Mapping[str, Any]) -> str:
    parts = []
    for name, each in found.items():
        said = name.replace("_", " ").replace("-", " ")
        if isinstance(each, Mapping):
            parts.append(f"{said}: {each['automatic']} of {each['decided']} alone")
        elif each:
            parts.append(f"{each} {said}")
    return ", ".join(parts) or "none"
