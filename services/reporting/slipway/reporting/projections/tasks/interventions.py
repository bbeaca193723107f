"""Manual interventions: servers created or deleted by an operator, and operations retried.

The operator may act in Slipway or at the provider. Creations and deletions count once per VPS and
day. So an operator's action and the later event that confirms its result are one intervention. A
deletion that GHL refused is not an intervention.
"""

from enum import StrEnum

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import Drift, OperationKind
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    View,
    is_newer,
    mark_seen,
    minute_of,
)

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
        case vps.ReleaseAnswered() if _is_refusal(event):
            return Intervention.DELETE
        case vps.VpsDrifted(drift=drift):
            return _DRIFTS.get(drift)
        case vps.OperationRetried():
            return Intervention.RETRY
        case _:
            return None


def _is_refusal(event: vps.VpsEvent) -> bool:
    """Returns whether GHL's answer says that a deletion may not go out."""
    return (
        isinstance(event, vps.ReleaseAnswered)
        and event.kind is OperationKind.DELETE
        and event.answer is CheckAnswer.CONTRADICTED
    )


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
    if not isinstance(event, vps.VpsEvent) or not is_newer(view, recorded):
        return view
    seen = {"seen": mark_seen(view, recorded)}
    if _is_refusal(event):
        only_requested = view.get("event_type") == vps.DeletionRequested.TYPE
        return {**view, **seen, "refused": True} if only_requested else view
    if "at" in view and not view.get("refused"):
        return {**view, **seen}
    return {
        **view,
        **seen,
        "refused": False,
        "at": recorded.time,
        "kind": _kind(event),
        "vps_id": event.vps_id,
        "actor": recorded.meta.actor,
        "event_type": event.TYPE,
    }


def _measures(view: View) -> Measures:
    if "at" not in view or view["refused"]:
        return {}
    return {(minute_of(view["at"]), f"interventions.{view['kind']}"): 1}


PROJECTION = Projection(COLLECTION, (vps.VpsEvent,), _keys, _project, _measures)
