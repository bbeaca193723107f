"""Creations and deletions that a person did this month, in the portal or behind our back.

`n` is how many creations and deletions there were at all: none of none proves nothing.
"""

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure

_BY_PEOPLE = ("interventions.create", "interventions.delete")


def manual_interventions(evidence: Evidence) -> Figure:
    counts = evidence.counts if evidence.this_month is None else evidence.this_month
    by_people = counts.of(*_BY_PEOPLE)
    decided = counts.of("tasks.decided.create", "tasks.decided.delete")
    beside = {
        "by_kind": _by_kind(counts),
        "retries_by_people": counts.of("interventions.retry"),
        "in_this_window": evidence.counts.of(*_BY_PEOPLE),
    }
    return Figure(float(by_people), max(decided, by_people), "count", None, beside)


def _by_kind(counts: Counts) -> dict[str, int]:
    return {kind: counts.of(f"interventions.{kind}") for kind in ("create", "delete")}
