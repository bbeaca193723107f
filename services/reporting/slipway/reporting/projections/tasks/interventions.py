"""What people created or deleted themselves, here or behind our back, and what they retried.

Once per VPS, kind and day: resolving by hand and the proof that follows are one intervention.
"""

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.vps import Drift
from slipway.reporting.projections.projection import Measures, Projection, View, minute_of

COLLECTION = "interventions"
_DRIFTS = {Drift.MISSING: "delete", Drift.DUPLICATE: "create"}


def _kind(event: vps.VpsEvent) -> str | None:
    match event:
        case vps.CreationRequested() | vps.ServerAdopted() | vps.VpsReady(by_admin=True):
            return "create"
        case vps.DeletionRequested() | vps.VpsReleased() | vps.VpsDeleted(by_admin=True):
            return "delete"
        case vps.VpsDrifted(drift=drift):
            return _DRIFTS.get(drift)
        case vps.OperationRetried():
            return "retry"
        case _:
            return None


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    kind = _kind(event) if isinstance(event, vps.VpsEvent) else None
    if kind is None or not isinstance(event, vps.VpsEvent):
        return ()
    if kind == "retry":
        return (recorded.id,)
    return (f"{event.vps_id}/{kind}/{recorded.time.date().isoformat()}",)


def _project(view: View, recorded: Recorded) -> View:
    event = recorded.event
    if not isinstance(event, vps.VpsEvent) or ("at" in view and view["at"] <= recorded.time):
        return view
    return {
        **view,
        "at": recorded.time,
        "kind": _kind(event),
        "vps_id": event.vps_id,
        "actor": recorded.meta.actor,
        "what": event.TYPE,
    }


def _measures(view: View) -> Measures:
    return {(minute_of(view["at"]), f"interventions.{view['kind']}"): 1} if "at" in view else {}


PROJECTION = Projection(COLLECTION, (vps.VpsEvent,), _keys, _project, _measures)
