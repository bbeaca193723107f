"""The GHL locations: their mode (act or observe), and whether their webhooks have stopped."""

from slipway.contracts import deliveries, vps
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import Projection, View, is_newer, mark_seen

COLLECTION = "locations"
_HANDLED = (
    vps.LocationFound,
    vps.LocationModeSet,
    deliveries.LocationFellSilent,
    deliveries.LocationSilenceEnded,
)


def _keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.event.location_id,) if isinstance(recorded.event, _HANDLED) else ()


def _project(view: View, recorded: Recorded) -> View:
    if not is_newer(view, recorded):
        return view
    return {"mode": "observe", **view, **_changes(recorded), "seen": mark_seen(view, recorded)}


def _changes(recorded: Recorded) -> View:
    match recorded.event:
        case vps.LocationFound(mode=mode):
            return {"mode": mode, "mode_at": recorded.time, "version": recorded.version}
        case vps.LocationModeSet(mode=mode, actor=actor, reason=reason):
            by = {"mode_by": actor, "mode_reason": reason, "version": recorded.version}
            return {"mode": mode, "mode_at": recorded.time, **by}
        case deliveries.LocationFellSilent(since=since, cause=cause):
            return {"silent": {"since": since, "cause": cause}}
        case _:
            return {"silent": None}


PROJECTION = Projection(COLLECTION, _HANDLED, _keys, _project)
