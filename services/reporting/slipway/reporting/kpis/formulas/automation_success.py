"""The share of creations and deletions that succeeded without an operator."""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, share

_KINDS = ("create", "delete")


def automation_success(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
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
        {"by_kind": by_kind, "superseded": counts.under("tasks.superseded")},
    )
