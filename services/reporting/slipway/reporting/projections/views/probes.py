"""The result of the portal's uptime probe in each time slot.

If several processes probe the same slot, the first result counts.
"""

from slipway.contracts.envelope import Recorded
from slipway.contracts.incidents import ProbeAnswered
from slipway.reporting.projections.projection import Measures, Projection, View, minute_of

COLLECTION = "probes"
FAST_MS = 1000


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    return (event.slot.isoformat(),) if isinstance(event, ProbeAnswered) else ()


def _project(view: View, recorded: Recorded) -> View:
    if "at" in view or not isinstance(recorded.event, ProbeAnswered):
        return view
    event = recorded.event
    fast = event.latency_ms is not None and event.latency_ms <= FAST_MS
    return {
        **view,
        "at": event.slot,
        "slot_seconds": event.slot_seconds,
        "up": event.up,
        "good": event.up and fast,
        "latency_ms": event.latency_ms,
        "problem": event.problem,
    }


def _measures(view: View) -> Measures:
    if "at" not in view:
        return {}
    minute, slot_ms = minute_of(view["at"]), int(view["slot_seconds"] * 1000)
    counts = {(minute, "probes.measured"): 1, (minute, "probes.measured_ms"): slot_ms}
    if view["good"]:
        counts[minute, "probes.good"] = 1
        counts[minute, "probes.good_ms"] = slot_ms
    return counts


PROJECTION = Projection(COLLECTION, (ProbeAnswered,), _keys, _project, _measures)
