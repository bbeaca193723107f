"""The share of incidents with a notification within five minutes of the failure.

This is a measure for objectives, not a KPI of the dashboard.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, percentile_seconds, share


def notified_in_time(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    opened, notified = counts.of("notified.incidents"), counts.of("notified.n")
    # Fresh cases are counted later than the buckets. `min` excludes cases that came in between.
    judged = opened - min(inputs.fresh_incidents, opened - notified)
    details = {"p50": percentile_seconds(counts, "notified", 0.50)}
    return share(counts.of("notified.in_time"), judged, details)
