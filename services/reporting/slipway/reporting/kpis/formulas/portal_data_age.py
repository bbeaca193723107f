"""The 95th percentile of the age of the portal's data, sampled every ten seconds.

This is a measure for objectives, not a KPI of the dashboard.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, Unit, mean_seconds, percentile_seconds


def portal_data_age(inputs: KpiInputs) -> KpiValue:
    n = inputs.counts.of("data_age.n")
    details = {"mean": mean_seconds(inputs.counts, "data_age").value}
    return KpiValue(
        percentile_seconds(inputs.counts, "data_age", 0.95), n, Unit.SECONDS, None, details
    )
