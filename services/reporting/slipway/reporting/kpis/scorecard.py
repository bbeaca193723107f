"""All KPIs by name, and their values and statuses for one window."""

from collections.abc import Callable, Mapping

from slipway.reporting.kpis.formulas.automation_success import automation_success
from slipway.reporting.kpis.formulas.deprovisioning_time import deprovisioning_time
from slipway.reporting.kpis.formulas.error_rate import error_rate
from slipway.reporting.kpis.formulas.faults_healed import faults_healed
from slipway.reporting.kpis.formulas.manual_interventions import manual_interventions
from slipway.reporting.kpis.formulas.notified_in_time import notified_in_time
from slipway.reporting.kpis.formulas.portal_data_age import portal_data_age
from slipway.reporting.kpis.formulas.provisioning_time import provisioning_time
from slipway.reporting.kpis.formulas.satisfaction import satisfaction
from slipway.reporting.kpis.formulas.uptime import uptime
from slipway.reporting.kpis.formulas.webhook_processing import webhook_processing
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import Kpi, KpiValue, Target, judged

Formula = Callable[[KpiInputs], KpiValue]

KPIS: Mapping[str, Formula] = {
    "automation_success": automation_success,
    "provisioning_time": provisioning_time,
    "deprovisioning_time": deprovisioning_time,
    "webhook_processing": webhook_processing,
    "manual_interventions": manual_interventions,
    "uptime": uptime,
    "error_rate": error_rate,
    "satisfaction": satisfaction,
}
ADDITIONAL: Mapping[str, Formula] = {
    "notified_in_time": notified_in_time,
    "faults_healed": faults_healed,
    "portal_data_age": portal_data_age,
}
"""Measures for objectives only. The dashboard does not show them."""
MEASURES: Mapping[str, Formula] = {**KPIS, **ADDITIONAL}


def scorecard(inputs: KpiInputs, targets: Mapping[str, Target]) -> dict[str, Kpi]:
    return {
        name: judged(name, formula(inputs), targets.get(name)) for name, formula in KPIS.items()
    }
