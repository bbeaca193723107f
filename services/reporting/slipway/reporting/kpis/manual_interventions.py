"""Creations and deletions that a person did, in the portal or behind our back.

`n` is how many creations and deletions there were at all: none of none proves nothing.
"""

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.figure import Figure

_BY_PEOPLE = ("interventions.create", "interventions.delete")


def manual_interventions(evidence: Evidence) -> Figure:
    by_people = evidence.counts.of(*_BY_PEOPLE)
    decided = evidence.counts.of("tasks.decided.create", "tasks.decided.delete")
    beside = {
        "this_month": evidence.this_month.of(*_BY_PEOPLE),
        "by_kind": _by_kind(evidence.counts),
        "retries_by_people": evidence.counts.of("interventions.retry"),
    }
    return Figure(float(by_people), max(decided, by_people), "count", None, beside)


def _by_kind(counts: Counts) -> dict[str, int]:
    return {kind: counts.of(f"interventions.{kind}") for kind in ("create", "delete")}
