"""The share of tasks with a provider fault that succeeded without an operator.

This is a measure for objectives, not a KPI of the dashboard.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, share


def faults_healed(inputs: KpiInputs) -> KpiValue:
    return share(inputs.counts.of("tasks.healed"), inputs.counts.of("tasks.faulty"))
