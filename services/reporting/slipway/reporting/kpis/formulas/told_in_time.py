"""Beside the eight: incidents of which somebody was told within five minutes of the failure."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, percentile_seconds, share


def told_in_time(evidence: Evidence) -> Figure:
    counts = evidence.counts
    opened, told = counts.of("told.incidents"), counts.of("told.n")
    # The fresh are counted a moment after the buckets were read: more may have come by then.
    judged = opened - min(evidence.fresh_incidents, opened - told)
    beside = {"p50": percentile_seconds(counts, "told", 0.50)}
    return share(counts.of("told.in_time"), judged, beside)
