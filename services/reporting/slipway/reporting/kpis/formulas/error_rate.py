"""The share of failed tasks among all tasks that succeeded or failed."""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, share


def error_rate(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    details = {
        "by_cause": counts.under("tasks.causes"),
        "by_kind": counts.under("tasks.failed"),
        "superseded": counts.total("tasks.superseded"),
    }
    return share(counts.total("tasks.failed"), counts.total("tasks.decided"), details)
