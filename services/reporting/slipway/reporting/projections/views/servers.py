"""Which VPSs there are, in what state, and which of them wait for a person."""

from typing import Any

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import ghl_id_of
from slipway.contracts.vps import Drift, OperationKind, WithheldReason
from slipway.reporting.projections.projection import Projection, View, is_news, seen

COLLECTION = "fleet"

_DOING = {
    OperationKind.CREATE: "creating",
    OperationKind.DELETE: "deleting",
    OperationKind.SUSPEND: "suspending",
    OperationKind.RESUME: "resuming",
}

_DRIFTS = {
    Drift.MISSING: "The server is no longer at the provider, and it was not Slipway",
    Drift.POWERED_OFF: "Somebody switched the server off at the provider",
    Drift.POWERED_ON: "Somebody switched the suspended server on at the provider",
    Drift.LABELS_CHANGED: "Somebody changed the server's labels at the provider",
    Drift.DUPLICATE: "The provider has more than one server for this one",
}


def _keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.event.vps_id,) if isinstance(recorded.event, vps.VpsEvent) else ()


def _project(view: View, recorded: Recorded) -> View:
    event = recorded.event
    if not isinstance(event, vps.VpsEvent) or not is_news(view, recorded):
        return view
    known: View = view if "status" in view else {**view, "status": "wanted", "attention": None}
    return {
        **known,
        "subscription_id": event.subscription_id,
        "ghl_id": ghl_id_of(event.subscription_id),
        "location_id": event.location_id,
        **_changes(known, event, recorded),
        "seen": seen(view, recorded),
        "version": recorded.version,
        "last_at": recorded.time,
    }


def _changes(view: View, event: vps.VpsEvent, recorded: Recorded) -> dict[str, Any]:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case vps.VpsRequested(spec=spec, contact_id=contact_id):
            return {
                "contact_id": contact_id,
                "plan": spec.plan,
                "provider": spec.provider,
                "account": spec.account,
                "size": spec.size,
                "began_at": recorded.time,
            }
        case vps.DesiredStateChanged(desired=desired, plan=plan, reason=reason):
            wanted = {"desired": desired.value, "plan": plan, "reason": reason}
            return {**wanted, "suspend_at": event.suspend_at, "delete_at": event.delete_at}
        case vps.OperationStarted(kind=kind, external_name=name):
            return {"status": _DOING[kind], "name": name, "attention": None, "would": None}
        case vps.VpsReady(ipv4=ipv4, region=region, provider_id=provider_id):
            return {**_proven("running", recorded), "ipv4": ipv4, "region": region} | {
                "provider_id": provider_id
            }
        case vps.VpsSuspended():
            return _proven("suspended", recorded)
        case vps.VpsResumed(ipv4=ipv4):
            return {**_proven("running", recorded), "ipv4": ipv4}
        case vps.VpsDeleted():
            return _proven("gone", recorded) | {"ipv4": None}
        case vps.OperationWithheld(kind=kind, reason=WithheldReason.OBSERVE):
            return {"would": kind.value}
        case vps.OperationWithheld(reason=reason):
            return {"waits_for": reason.value}
        case vps.WithholdingEnded() | vps.AttemptStarted():
            return {"waits_for": None, "would": None}
        case _:
            return _for_people(view, event, recorded)


def _for_people(view: View, event: vps.VpsEvent, recorded: Recorded) -> dict[str, Any]:  # noqa: C901, PLR0911 - the same
    match event:
        case vps.OperationParked(kind=kind, fault=fault):
            needs = _attention("parked", f"{kind.value}: {fault.message}", recorded)
            return {"status": "parked", "attention": needs | {"fault": fault.kind.value}}
        case vps.ReleaseStalled():
            return {"attention": _attention("release", "GHL can't confirm that it ended", recorded)}
        case vps.QuantityDecreaseReferred(quantity=quantity):
            why = f"The quantity fell to {quantity}: choose which server goes"
            return {"attention": _attention("quantity", why, recorded)}
        case vps.VpsDrifted(drift=drift):
            return {
                "drift": drift.value,
                "attention": _attention("drift", _DRIFTS[drift], recorded),
            }
        case vps.VpsHeld(actor=actor, reason=reason):
            return {"held": {"actor": actor, "reason": reason, "at": recorded.time}}
        case vps.VpsHoldLifted():
            return {"held": None, "waits_for": None}
        case vps.VpsIgnored():
            return {"status": "ignored", "attention": None, "would": None}
        case vps.VpsDriftEnded() if (view["attention"] or {}).get("why") == "drift":
            return {"drift": None, "attention": None}
        case vps.OperationRetried() | vps.OperationResolvedManually() | vps.VpsReleased():
            return {"attention": None} | ({"status": "retrying"} if _parked(view) else {})
        case vps.DeletionRequested() | vps.ServerAdopted() | vps.OperationSuperseded():
            return {"attention": None} | ({"status": "waiting"} if _parked(view) else {})
        case _:
            return {}


def _parked(view: View) -> bool:
    return bool(view["status"] == "parked")


def _proven(status: str, recorded: Recorded) -> dict[str, Any]:
    return {
        "status": status,
        "proven_at": recorded.time,
        "attention": None,
        "would": None,
        "waits_for": None,
    }


def _attention(why: str, sentence: str, recorded: Recorded) -> dict[str, Any]:
    return {"why": why, "sentence": sentence, "since": recorded.time}


PROJECTION = Projection(COLLECTION, (vps.VpsEvent,), _keys, _project)
