"""The mean time to delete a server.

The time begins with the cancellation. If the plan has a hold, the time begins with the
end of the hold. It ends when a read at the provider confirms the deletion.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, mean_seconds, percentile_seconds


def deprovisioning_time(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    details = {
        "p50": percentile_seconds(counts, "deprovisioning", 0.50),
        "p95": percentile_seconds(counts, "deprovisioning", 0.95),
        "cancellation_to_access_off": mean_seconds(counts, "access_off").value,
    }
    return mean_seconds(counts, "deprovisioning", details)
