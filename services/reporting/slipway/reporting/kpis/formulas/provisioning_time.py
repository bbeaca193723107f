"""From GHL's own time of the start until the server is proven ready: the mean."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, mean_seconds, percentile_seconds


def provisioning_time(evidence: Evidence) -> Figure:
    counts = evidence.counts
    beside = {
        "p50": percentile_seconds(counts, "provisioning", 0.50),
        "p95": percentile_seconds(counts, "provisioning", 0.95),
        "our_part_mean": mean_seconds(counts, "our_part").value,
    }
    return mean_seconds(counts, "provisioning", beside)
