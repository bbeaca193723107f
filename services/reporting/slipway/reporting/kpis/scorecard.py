"""All figures by name, and all eight judged for one window."""

from collections.abc import Callable, Mapping

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.formulas.automation_success import automation_success
from slipway.reporting.kpis.formulas.deprovisioning_time import deprovisioning_time
from slipway.reporting.kpis.formulas.error_rate import error_rate
from slipway.reporting.kpis.formulas.faults_healed import faults_healed
from slipway.reporting.kpis.formulas.manual_interventions import manual_interventions
from slipway.reporting.kpis.formulas.portal_data_age import portal_data_age
from slipway.reporting.kpis.formulas.provisioning_time import provisioning_time
from slipway.reporting.kpis.formulas.satisfaction import satisfaction
from slipway.reporting.kpis.formulas.told_in_time import told_in_time
from slipway.reporting.kpis.formulas.uptime import uptime
from slipway.reporting.kpis.formulas.webhook_processing import webhook_processing
from slipway.reporting.kpis.kpi import Figure, Kpi, Target, judged

Formula = Callable[[Evidence], Figure]

EIGHT: Mapping[str, Formula] = {
    "automation_success": automation_success,
    "provisioning_time": provisioning_time,
    "deprovisioning_time": deprovisioning_time,
    "webhook_processing": webhook_processing,
    "manual_interventions": manual_interventions,
    "uptime": uptime,
    "error_rate": error_rate,
    "satisfaction": satisfaction,
}
BESIDE: Mapping[str, Formula] = {
    "told_in_time": told_in_time,
    "faults_healed": faults_healed,
    "portal_data_age": portal_data_age,
}
MEASURES: Mapping[str, Formula] = {**EIGHT, **BESIDE}


def scorecard(evidence: Evidence, targets: Mapping[str, Target]) -> dict[str, Kpi]:
    return {
        name: judged(name, formula(evidence), targets.get(name)) for name, formula in EIGHT.items()
    }
