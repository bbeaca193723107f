"""Tasks failed, of tasks decided, of every kind."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, share


def error_rate(evidence: Evidence) -> Figure:
    counts = evidence.counts
    beside = {
        "by_cause": counts.under("tasks.causes"),
        "by_kind": counts.under("tasks.failed"),
        "overtaken": counts.total("tasks.overtaken"),
    }
    return share(counts.total("tasks.failed"), counts.total("tasks.decided"), beside)
