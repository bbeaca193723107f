"""From the cancellation, or the end of the plan's hold, to the server proven gone: the mean."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, mean_seconds, percentile_seconds


def deprovisioning_time(evidence: Evidence) -> Figure:
    counts = evidence.counts
    beside = {
        "p50": percentile_seconds(counts, "deprovisioning", 0.50),
        "p95": percentile_seconds(counts, "deprovisioning", 0.95),
        "cancellation_to_access_off": mean_seconds(counts, "access_off").value,
    }
    return mean_seconds(counts, "deprovisioning", beside)
