"""The share of incidents with a notification within five minutes of the failure. For objectives."""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, percentile_seconds, share


def notified_in_time(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    opened, notified = counts.of("notified.incidents"), counts.of("notified.n")
    # Fresh cases are counted after the buckets were read, so there may be more of them by then.
    judged = opened - min(inputs.fresh_incidents, opened - notified)
    details = {"p50": percentile_seconds(counts, "notified", 0.50)}
    return share(counts.of("notified.in_time"), judged, details)
