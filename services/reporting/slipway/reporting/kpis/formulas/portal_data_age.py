"""Beside the eight: how old what the portal shows is, sampled all the time; 95 % are younger."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, mean_seconds, percentile_seconds


def portal_data_age(evidence: Evidence) -> Figure:
    n = evidence.counts.of("data_age.n")
    beside = {"mean": mean_seconds(evidence.counts, "data_age").value}
    return Figure(percentile_seconds(evidence.counts, "data_age", 0.95), n, "seconds", None, beside)
