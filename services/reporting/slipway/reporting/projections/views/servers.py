"""The servers: desired state, status, and the reason why a server needs attention."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import ghl_id_of
from slipway.contracts.vps import Drift, OperationKind, WithheldReason
from slipway.reporting.projections.projection import Projection, View, is_newer, mark_seen

COLLECTION = "servers"


class ServerStatus(StrEnum):
    REQUESTED = "requested"
    CREATING = "creating"
    RUNNING = "running"
    SUSPENDING = "suspending"
    SUSPENDED = "suspended"
    RESUMING = "resuming"
    DELETING = "deleting"
    DELETED = "deleted"
    PARKED = "parked"
    RETRYING = "retrying"
    WAITING = "waiting"
    IGNORED = "ignored"
    MISSING = "missing"
    """Deleted at the provider, and not by Slipway."""
    SWITCHED_OFF = "switched-off"
    """Switched off at the provider, and not by Slipway."""
    SWITCHED_ON = "switched-on"
    """Suspended, and switched on at the provider."""


class AttentionReason(StrEnum):
    PARKED = "parked"
    UNCONFIRMED = "unconfirmed"
    """No clear answer of GHL came, so the operation is not confirmed."""
    QUANTITY = "quantity"
    """The paid quantity fell, and an operator must choose which server is deleted."""
    DRIFT = "drift"


_IN_PROGRESS = {
    OperationKind.CREATE: ServerStatus.CREATING,
    OperationKind.DELETE: ServerStatus.DELETING,
    OperationKind.SUSPEND: ServerStatus.SUSPENDING,
    OperationKind.RESUME: ServerStatus.RESUMING,
}
_UNCONFIRMED = {
    OperationKind.CREATE: "the lost server is still paid for",
    OperationKind.DELETE: "the subscription ended",
    OperationKind.SUSPEND: "the server is not paid for",
    OperationKind.RESUME: "the server is paid for",
}
_DRIFT_STATUS = {
    Drift.MISSING: ServerStatus.MISSING,
    Drift.POWERED_OFF: ServerStatus.SWITCHED_OFF,
    Drift.POWERED_ON: ServerStatus.SWITCHED_ON,
}
"""The worst first. The other drifts leave the server as it was proven."""
_DRIFTS = {
    Drift.MISSING: "The server no longer exists at the provider, and Slipway did not delete it",
    Drift.POWERED_OFF: "The server was switched off at the provider",
    Drift.POWERED_ON: "The suspended server was switched on at the provider",
    Drift.LABELS_CHANGED: "The server's labels were changed at the provider",
    Drift.DUPLICATE: "The provider has more than one server for this VPS",
}


_NO_DRIFT: View = {"drifts": [], "drift": None}


def _keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.event.vps_id,) if isinstance(recorded.event, vps.VpsEvent) else ()


def _project(view: View, recorded: Recorded) -> View:
    event = recorded.event
    if not isinstance(event, vps.VpsEvent) or not is_newer(view, recorded):
        return view
    known: View = view
    if "status" not in view:
        known = {**view, "status": ServerStatus.REQUESTED, "attention": None}
    return {
        **known,
        "subscription_id": event.subscription_id,
        "ghl_id": ghl_id_of(event.subscription_id),
        "location_id": event.location_id,
        **_changes(known, event, recorded),
        "seen": mark_seen(view, recorded),
        "version": recorded.version,
        "last_at": recorded.time,
    }


def _changes(view: View, event: vps.VpsEvent, recorded: Recorded) -> View:  # noqa: C901, PLR0911 - a table of events
    match event:
        case vps.VpsRequested(spec=spec, contact_id=contact_id):
            return {
                "contact_id": contact_id,
                "plan": spec.plan,
                "provider": spec.provider,
                "account": spec.account,
                "size": spec.size,
                "requested_at": recorded.time,
            }
        case vps.DesiredStateChanged(desired=desired, plan=plan, reason=reason):
            state = {"desired": desired.value, "plan": plan, "reason": reason}
            return {**state, "suspend_at": event.suspend_at, "delete_at": event.delete_at}
        case vps.OperationStarted(kind=kind, external_name=name):
            started = {"status": _IN_PROGRESS[kind], "name": name}
            return {**started, "attention": None, "would_run": None}
        case vps.VpsReady(ipv4=ipv4, region=region, provider_id=provider_id):
            server = {"ipv4": ipv4, "region": region, "provider_id": provider_id}
            return {**_proven(ServerStatus.RUNNING, recorded), **server, **_NO_DRIFT}
        case vps.VpsSuspended():
            return _proven(ServerStatus.SUSPENDED, recorded)
        case vps.VpsResumed(ipv4=ipv4):
            return {**_proven(ServerStatus.RUNNING, recorded), "ipv4": ipv4}
        case vps.VpsDeleted():
            return {**_proven(ServerStatus.DELETED, recorded), "ipv4": None, **_NO_DRIFT}
        case vps.OperationWithheld(kind=kind, reason=WithheldReason.OBSERVE):
            return {"would_run": kind}
        case vps.OperationWithheld(reason=reason):
            return {"withheld_reason": reason}
        case vps.WithholdingEnded() | vps.AttemptStarted():
            return {"withheld_reason": None, "would_run": None}
        case _:
            return _attention_changes(view, event, recorded)


def _attention_changes(view: View, event: vps.VpsEvent, recorded: Recorded) -> View:  # noqa: C901, PLR0911 - a table of events
    match event:
        case vps.OperationParked(kind=kind, fault=fault):
            message = f"{kind.value}: {fault.message}"
            parked = _attention(AttentionReason.PARKED, message, recorded)
            return {"status": ServerStatus.PARKED, "attention": {**parked, "fault": fault.kind}}
        case vps.ReleaseStalled(kind=kind):
            message = f"GoHighLevel does not confirm that {_UNCONFIRMED[kind]}"
            attention = _attention(AttentionReason.UNCONFIRMED, message, recorded)
            return {"attention": {**attention, "kind": kind}}
        case vps.QuantityDecreaseReferred(quantity=quantity):
            message = f"The paid quantity fell to {quantity}: choose which server to delete"
            return {"attention": _attention(AttentionReason.QUANTITY, message, recorded)}
        case vps.VpsDrifted(drift=drift):
            attention = _attention(AttentionReason.DRIFT, _DRIFTS[drift], recorded)
            return {**_drifted(view, {*view.get("drifts", []), drift}), "attention": attention}
        case vps.VpsDriftEnded(drift=drift):
            return _drift_ended(view, drift)
        case vps.VpsHeld(actor=actor, reason=reason):
            return {"held": {"actor": actor, "reason": reason, "at": recorded.time}}
        case vps.VpsHoldReleased():
            return {"held": None, "withheld_reason": None}
        case vps.VpsIgnored():
            return {"status": ServerStatus.IGNORED, "attention": None, "would_run": None}
        case vps.OperationRetried() | vps.OperationResolvedManually() | vps.VpsReleased():
            return {"attention": None, **_if_parked(view, ServerStatus.RETRYING)}
        case vps.DeletionRequested() | vps.ServerAdopted():
            return {"attention": None, **_if_parked(view, ServerStatus.WAITING)}
        case vps.OperationSuperseded():
            return {"attention": None, "status": _before_operation(view)}
        case _:
            return {}


def _attention(reason: AttentionReason, message: str, recorded: Recorded) -> dict[str, Any]:
    return {"reason": reason, "message": message, "since": recorded.time}


def _attention_reason(view: View) -> str | None:
    attention = view["attention"] or {}
    return attention.get("reason")


def _if_parked(view: View, status: ServerStatus) -> View:
    return {"status": status} if view["status"] == ServerStatus.PARKED else {}


def _before_operation(view: View) -> ServerStatus:
    """Returns the status that was last proven or observed; WAITING if none was."""
    return _observed(view, view.get("drifts", []))


def _observed(view: View, drifts: Iterable[str]) -> ServerStatus:
    proven = ServerStatus(view.get("proven") or ServerStatus.WAITING)
    return next((status for drift, status in _DRIFT_STATUS.items() if drift in drifts), proven)


def _drifted(view: View, drifts: set[str]) -> View:
    """Returns the drifts, the worst of them, and the status if no operation is under way."""
    kept = [drift for drift in Drift if drift in drifts]
    resting = {view.get("proven"), *_DRIFT_STATUS.values()}
    status = {"status": _observed(view, kept)} if view["status"] in resting else {}
    return {"drifts": kept, "drift": kept[0] if kept else None, **status}


def _drift_ended(view: View, drift: Drift) -> View:
    changes = _drifted(view, {*view.get("drifts", [])} - {drift})
    if _attention_reason(view) != AttentionReason.DRIFT:
        return changes
    if changes["drift"] is None:
        return {**changes, "attention": None}
    return {**changes, "attention": {**view["attention"], "message": _DRIFTS[changes["drift"]]}}


def _proven(status: ServerStatus, recorded: Recorded) -> View:
    return {
        "status": status,
        "proven": status,
        "proven_at": recorded.time,
        "attention": None,
        "would_run": None,
        "withheld_reason": None,
    }


PROJECTION = Projection(COLLECTION, (vps.VpsEvent,), _keys, _project)
