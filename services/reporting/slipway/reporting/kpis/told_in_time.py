"""Beside the eight: incidents of which somebody was told within five minutes of the failure."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.figure import Figure, percentile_seconds, share


def told_in_time(evidence: Evidence) -> Figure:
    counts = evidence.counts
    judged = counts.of("told.incidents") - evidence.fresh_incidents
    beside = {"p50": percentile_seconds(counts, "told", 0.50)}
    return share(counts.of("told.in_time"), judged, beside)
