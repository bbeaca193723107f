"""The mean time to provision a server.

The time begins with the start of the subscription as GHL states it. It ends when a read at the
provider confirms that the server is ready.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, mean_seconds, percentile_seconds


def provisioning_time(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    details = {
        "p50": percentile_seconds(counts, "provisioning", 0.50),
        "p95": percentile_seconds(counts, "provisioning", 0.95),
        "from_receipt_mean": mean_seconds(counts, "from_receipt").value,
    }
    return mean_seconds(counts, "provisioning", details)
