"""Whether the brake is on, which accounts are paused or doubted, which servers nobody knows."""

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import Projection, View, is_news, seen

COLLECTION = "guards"
BRAKE = "brake"
_BRAKE = (vps.BrakeEngaged, vps.BrakeReset, vps.PermitGranted)
_SCOPE = (
    vps.AccountPaused,
    vps.AccountProbed,
    vps.AccountResumed,
    vps.AccountProven,
    vps.AccountProofFailed,
)
_LIST = (vps.InventoryFailed, vps.InventoryRecovered)
_ORPHAN = (vps.ServerOrphaned, vps.OrphanGone)


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    if isinstance(event, _BRAKE):
        return (BRAKE,)
    if isinstance(event, _SCOPE + _LIST):
        return (f"scope/{event.account_id}",)
    if isinstance(event, _ORPHAN):
        return (f"orphan/{event.account_id}/{event.provider_id}",)
    return ()


def _project(view: View, recorded: Recorded) -> View:
    if not is_news(view, recorded):
        return view
    kind = view["_id"].partition("/")[0]
    versions = {"version": recorded.version, "seen": seen(view, recorded)}
    return {"kind": kind, "on": False, **view, **_changes(recorded), **versions}


def _changes(recorded: Recorded) -> View:  # noqa: C901, PLR0911 - a table of events, one line each
    match recorded.event:
        case vps.BrakeEngaged() as engaged:
            return {"on": True, "since": recorded.time, **engaged.model_dump(mode="python")}
        case vps.BrakeReset(actor=actor, reason=reason):
            return {"on": False, "reset": {"by": actor, "reason": reason, "at": recorded.time}}
        case vps.AccountPaused(fault=fault, next_probe_at=next_at):
            why = {"fault": fault.model_dump(mode="json"), "next_probe_at": next_at}
            return {"on": True, "since": recorded.time, **why}
        case vps.AccountProbed(next_probe_at=next_at):
            return {"next_probe_at": next_at}
        case vps.AccountResumed():
            return {"on": False}
        case vps.AccountProven():
            return {"doubted": False}
        case vps.AccountProofFailed():
            return {"doubted": True, "since": recorded.time}
        case vps.InventoryFailed(fault=fault):
            return {"inventory": fault.message}
        case vps.InventoryRecovered():
            return {"inventory": None}
        case vps.ServerOrphaned(name=name):
            return {"on": True, "since": recorded.time, "name": name}
        case vps.OrphanGone():
            return {"on": False}
        case _:
            return {}


PROJECTION = Projection(COLLECTION, _BRAKE + _SCOPE + _LIST + _ORPHAN, _keys, _project)
