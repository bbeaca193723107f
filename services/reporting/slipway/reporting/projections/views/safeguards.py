"""The safety brake, accounts that are paused or whose proof failed, and unknown servers.

An unknown server belongs to no known subscription.
"""

from enum import StrEnum

from slipway.contracts import vps
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import Projection, View, is_newer, mark_seen

COLLECTION = "safeguards"
BRAKE = "brake"
"""The id of the brake's document. There is one brake."""
_BRAKE = (vps.BrakeEngaged, vps.BrakeReset, vps.PermitGranted)
_ACCOUNT = (
    vps.AccountPaused,
    vps.AccountProbed,
    vps.AccountResumed,
    vps.AccountProven,
    vps.AccountProofFailed,
    vps.InventoryFailed,
    vps.InventoryRecovered,
    vps.CreationsPaused,
    vps.CreationsProbed,
    vps.CreationsResumed,
    vps.AccountThrottled,
    vps.AccountThrottleEnded,
)
_ORPHAN = (vps.ServerOrphaned, vps.OrphanGone)


class SafeguardKind(StrEnum):
    BRAKE = BRAKE
    ACCOUNT = "account"
    ORPHAN = "orphan"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.event
    if isinstance(event, _BRAKE):
        return (BRAKE,)
    if isinstance(event, _ACCOUNT):
        return (f"{SafeguardKind.ACCOUNT}/{event.account_id}",)
    if isinstance(event, _ORPHAN):
        return (f"{SafeguardKind.ORPHAN}/{event.account_id}/{event.provider_id}",)
    return ()


def _project(view: View, recorded: Recorded) -> View:
    if not is_newer(view, recorded):
        return view
    kind = SafeguardKind(view["_id"].partition("/")[0])
    versions = {"version": recorded.version, "seen": mark_seen(view, recorded)}
    known = {"kind": kind, "active": False, **view}
    changes = _limits(known, recorded) or _changes(recorded)
    return {**known, **changes, **versions}


def _limits(view: View, recorded: Recorded) -> View:
    """Returns the missing needs of the account's creations, and whether it is throttled."""
    event, known = recorded.event, view.get("creation_pauses", [])
    match event:
        case vps.CreationsPaused(needs=needs, fault=fault):
            cause = {"needs": needs, "fault": fault.model_dump(mode="json")}
            kept = [one for one in known if one["needs"] != needs]
            return {"creation_pauses": [*kept, {**cause, "since": recorded.time}]}
        case vps.CreationsResumed(needs=needs):
            return {"creation_pauses": [one for one in known if one["needs"] != needs]}
        case vps.AccountThrottled():
            return {"throttled_since": recorded.time}
        case vps.AccountThrottleEnded():
            return {"throttled_since": None}
        case _:
            return {}


def _changes(recorded: Recorded) -> View:  # noqa: C901, PLR0911 - a table of events
    match recorded.event:
        case vps.BrakeEngaged() as engaged:
            return {"active": True, "since": recorded.time, **engaged.model_dump(mode="python")}
        case vps.BrakeReset(actor=actor, reason=reason):
            return {"active": False, "reset": {"by": actor, "reason": reason, "at": recorded.time}}
        case vps.AccountPaused(fault=fault, next_probe_at=next_at):
            cause = {"fault": fault.model_dump(mode="json"), "next_probe_at": next_at}
            return {"active": True, "since": recorded.time, **cause}
        case vps.AccountProbed(next_probe_at=next_at):
            return {"next_probe_at": next_at}
        case vps.AccountResumed():
            return {"active": False}
        case vps.AccountProven():
            return {"unproven": False}
        case vps.AccountProofFailed():
            return {"unproven": True, "since": recorded.time}
        case vps.InventoryFailed(fault=fault):
            return {"inventory": fault.message}
        case vps.InventoryRecovered():
            return {"inventory": None}
        case vps.ServerOrphaned(name=name):
            return {"active": True, "since": recorded.time, "name": name}
        case vps.OrphanGone():
            return {"active": False}
        case _:
            return {}


PROJECTION = Projection(COLLECTION, _BRAKE + _ACCOUNT + _ORPHAN, _keys, _project)
