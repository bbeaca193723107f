"""The share of time slots since the launch in which the portal answered within a second.

The result of an unmeasured slot is unknown, so the share is a range. The value and the status use
the lower end of the range.
"""

from datetime import timedelta

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, Unit, wilson


def uptime(inputs: KpiInputs) -> KpiValue:
    measured = inputs.counts.of("probes.measured")
    total = max(_slots(inputs), measured)
    if not total:
        return KpiValue(None, 0, Unit.SHARE)
    good = inputs.counts.of("probes.good")
    unmeasured = total - measured
    details = {
        "range": [good / total, (good + unmeasured) / total],
        "unmeasured_share": unmeasured / total,
        "down_or_slow": measured - good,
    }
    return KpiValue(good / total, total, Unit.SHARE, wilson(good, total), details)


def _slots(inputs: KpiInputs) -> int:
    """Returns how many whole slots of the window have passed since the launch."""
    if inputs.launched_at is None or not inputs.slot_seconds:
        return 0
    begin = max(inputs.window.begin, inputs.launched_at)
    passed = inputs.window.measured_until() - begin
    return max(int(passed / timedelta(seconds=inputs.slot_seconds)), 0)
