"""The number of servers that operators created or deleted this month.

Actions in Slipway and actions at the provider both count. `n` is the number of all creations and
deletions. If `n` is 0, then the KPI's value 0 has no meaning.
"""

from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, Unit

_BY_ADMINS = ("interventions.create", "interventions.delete")


def manual_interventions(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts if inputs.this_month is None else inputs.this_month
    by_admins = counts.of(*_BY_ADMINS)
    decided = counts.of("tasks.decided.create", "tasks.decided.delete")
    details = {
        "by_kind": _by_kind(counts),
        "retries_by_admins": counts.of("interventions.retry"),
        "in_this_window": inputs.counts.of(*_BY_ADMINS),
    }
    return KpiValue(float(by_admins), max(decided, by_admins), Unit.COUNT, None, details)


def _by_kind(counts: Counts) -> dict[str, int]:
    return {kind: counts.of(f"interventions.{kind}") for kind in ("create", "delete")}
