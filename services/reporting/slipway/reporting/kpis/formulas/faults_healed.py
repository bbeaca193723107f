"""Beside the eight: tasks that met a fault at the provider and were proven all the same, alone."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, share


def faults_healed(evidence: Evidence) -> Figure:
    return share(evidence.counts.of("tasks.healed"), evidence.counts.of("tasks.faulty"))
