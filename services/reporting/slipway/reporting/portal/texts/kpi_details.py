"""Texts for the details of a KPI, shown on its drill-down page (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from slipway.reporting.kpis.kpi import Kpi
from slipway.reporting.portal.texts.formatting import NOTHING, duration, share

_LABELS = {
    "by_kind": "by kind",
    "by_cause": "by cause",
    "superseded": "superseded before they finished",
    "p50": "50th percentile",
    "p95": "95th percentile",
    "from_receipt_mean": "mean from receipt of the webhook",
    "cancellation_to_access_off": "cancellation until access is off",
    "found_by_polling_only": "webhook missing, found by polling",
    "late": "finished later than 5 min",
    "undecided_yet": "younger than 5 min, not counted yet",
    "refused": "rejected, wrong signature (401)",
    "duplicates": "duplicates without effect",
    "retries_by_admins": "retries by operators",
    "in_this_window": "in the chosen time range",
    "range": "range, with unmeasured slots",
    "unmeasured_share": "not measured",
    "down_or_slow": "slots down or slower than 1 s",
}


def details(kpi: Kpi) -> list[tuple[str, str]]:
    """Returns the KPI's details as (label, text) pairs, in the sequence of the formula."""
    return [
        (_LABELS.get(name, name.replace("_", " ")), _text(kpi.unit, found))
        for name, found in kpi.details.items()
    ]


def _text(unit: str, found: Any) -> str:
    if found is None:
        return NOTHING
    if isinstance(found, Mapping):
        return _counts(found)
    number: Callable[[float | None], str] = duration if unit == "seconds" else share
    if isinstance(found, list | tuple):
        return " to ".join(number(each) for each in found)
    return number(found) if isinstance(found, float) else str(found)


def _counts(found: Mapping[str, Any]) -> str:
    parts = []
    for name, each in found.items():
        label = name.replace("_", " ").replace("-", " ")
        if isinstance(each, Mapping):
            parts.append(f"{label}: {each['automatic']} of {each['decided']} automatic")
        elif each:
            parts.append(f"{each} {label}")
    return ", ".join(parts) or "none"
