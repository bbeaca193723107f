"""Creates and deletes proven without a person, of those decided."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, share

_KINDS = ("create", "delete")


def automation_success(evidence: Evidence) -> Figure:
    counts = evidence.counts
    by_kind = {
        kind: {
            "decided": counts.of(f"tasks.decided.{kind}"),
            "automatic": counts.of(f"tasks.automatic.{kind}"),
        }
        for kind in _KINDS
    }
    return share(
        sum(kind["automatic"] for kind in by_kind.values()),
        sum(kind["decided"] for kind in by_kind.values()),
        {"by_kind": by_kind, "overtaken": counts.under("tasks.overtaken")},
    )
