"""Slots in which the portal answered within a second, of all slots since the launch.

Slots nobody measured make a range; the value, and so the status, is its lower end.
"""

from datetime import timedelta

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, wilson


def uptime(evidence: Evidence) -> Figure:
    measured = evidence.counts.of("probes.measured")
    total = max(_slots(evidence), measured)
    if not total:
        return Figure(None, 0, "share")
    good = evidence.counts.of("probes.good")
    unmeasured = total - measured
    beside = {
        "range": [good / total, (good + unmeasured) / total],
        "unmeasured_share": unmeasured / total,
        "down_or_slow": measured - good,
    }
    return Figure(good / total, total, "share", wilson(good, total), beside)


def _slots(evidence: Evidence) -> int:
    """Whole slots that have passed since the launch, inside the window."""
    if evidence.launched_at is None or not evidence.slot_seconds:
        return 0
    begin = max(evidence.window.begin, evidence.launched_at)
    passed = evidence.window.measured_until() - begin
    return max(int(passed / timedelta(seconds=evidence.slot_seconds)), 0)
