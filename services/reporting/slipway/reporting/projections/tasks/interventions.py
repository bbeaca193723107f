"""Manual interventions: servers created or deleted by an operator, and operations retried.

The operator may act in Slipway or at the provider. Creations and deletions count once per VPS and
day. So an operator's action and the later event that confirms its result are one intervention.
"""

from enum import StrEnum

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.vps import Drift
from slipway.reporting.projections.projection import Measures, Projection, View, minute_of

COLLECTION = "interventions"


class Intervention(StrEnum):
    CREATE = "create"
    DELETE = "delete"
    RETRY = "retry"


_DRIFTS = {Drift.MISSING: Intervention.DELETE, Drift.DUPLICATE: Intervention.CREATE}


def _kind(event: vps.VpsEvent) -> Intervention | None:
    match event:
        case vps.CreationRequested() | vps.ServerAdopted() | vps.VpsReady(by_admin=True):
            return Intervention.CREATE
        case vps.DeletionRequested() | vps.VpsReleased() | vps.VpsDeleted(by_admin=True):
            return Intervention.DELETE
        case vps.VpsDrifted(drift=drift):
            return _DRIFTS.get(drift)
        case vps.OperationRetried():
            return Intervention.RETRY
        case _:
            return None


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    kind = _kind(event) if isinstance(event, vps.VpsEvent) else None
    if kind is None or not isinstance(event, vps.VpsEvent):
        return ()
    if kind is Intervention.RETRY:
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
        "event_type": event.TYPE,
    }


def _measures(view: View) -> Measures:
    return {(minute_of(view["at"]), f"interventions.{view['kind']}"): 1} if "at" in view else {}


PROJECTION = Projection(COLLECTION, (vps.VpsEvent,), _keys, _project, _measures)
