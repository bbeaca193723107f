"""What people read about VPSs and what surrounds them (pure). `vps_rules` asks."""

from datetime import timedelta

from slipway.contracts import incidents, vps
from slipway.contracts.vps import Drift
from slipway.notifier.notifications.text import Text, fault, spoken, times

_UNDONE = {
    vps.OperationKind.CREATE: "A paid VPS is not running",
    vps.OperationKind.DELETE: "A cancelled VPS is not deleted",
    vps.OperationKind.SUSPEND: "An unpaid or cancelled VPS is not switched off",
    vps.OperationKind.RESUME: "A paid VPS is not switched on again",
}


def parked(event: vps.OperationParked) -> Text:
    return Text(
        _UNDONE[event.kind],
        f"{fault(event.fault)} Slipway tried {times(event.attempts)} and stopped.",
        "This VPS waits for you: mend the cause, then press Retry in the portal; or do it at the "
        "provider and press Resolved by hand.",
    )


def overdue(event: incidents.ExpectationMissed) -> Text:
    return Text(
        _UNDONE[event.kind],
        "The time promised for it has passed, and the provider has not confirmed it.",
        "Slipway keeps trying by itself and says when it is done; its page in the portal shows "
        "what it waits for.",
    )


def release_stalled() -> Text:
    return Text(
        _UNDONE[vps.OperationKind.DELETE],
        "Before a server is deleted, GHL is asked whether the customer is really gone, and GHL "
        "has not answered for too long.",
        "The server stays. Slipway deletes it once GHL answers, or when you press Release in the "
        "portal.",
    )


_DRIFTS = {
    Drift.MISSING: "A customer's server is no longer at the provider",
    Drift.POWERED_OFF: "A customer's server was switched off at the provider",
    Drift.POWERED_ON: "A suspended server was switched on at the provider",
    Drift.LABELS_CHANGED: "The labels of a customer's server were changed at the provider",
    Drift.DUPLICATE: "A customer has two servers at the provider",
}


def drifted(event: vps.VpsDrifted) -> Text:
    return Text(
        _DRIFTS[event.drift],
        f"It was not Slipway that did it (server {event.provider_id or 'unknown'}).",
        "Slipway replaces nothing by itself: decide in the portal, or put it right at the "
        "provider, which Slipway sees within a minute or two.",
    )


def quantity_decrease(event: vps.QuantityDecreaseReferred) -> Text:
    return Text(
        f"A customer now pays for {event.quantity} VPS and has more",
        "The quantity of the subscription fell, and every VPS is in use.",
        "All go on running until you choose in the portal which one to delete.",
    )


def scope_paused(event: vps.AccountPaused) -> Text:
    return Text(
        f"The provider account {event.account_id} does not work",
        f"{fault(event.fault)} Everything at this account waits; nothing is lost.",
        f"Slipway tries again at {event.next_probe_at:%H:%M:%S} UTC and then now and again; once "
        "it works, all that waited is done at once. If the token was changed, set the new one.",
    )


def inventory_failed(event: vps.InventoryFailed) -> Text:
    return Text(
        f"The servers of {event.account_id} can't be listed",
        f"{fault(event.fault)} Nothing was concluded from the incomplete list.",
        "Slipway lists them again in a minute.",
    )


def account_doubted(event: vps.AccountProofFailed) -> Text:
    return Text(
        f"{event.account_id} may be the wrong provider account",
        "The key by which Slipway knows its own account is not there: another project's token, "
        "or somebody deleted the key.",
        "Put the right token back; if only the key was deleted, add any SSH key of this name to "
        "the project: "
        f"slipway-sentinel-<installation>-{event.account_id.replace('/', '-')}. Until then "
        "nothing is made there and nothing is believed to be gone.",
    )


def brake_engaged(event: vps.BrakeEngaged) -> Text:
    window = spoken(timedelta(seconds=event.window_seconds))
    return Text(
        "The brake is on: no server is switched off, deleted or replaced",
        f"{event.permits_in_window} servers were to go within {window}; {event.allowed} are "
        "allowed.",
        "New servers are made as ever. If so many customers really left, press Reset on the "
        "portal's page Brake; until then it stays on.",
    )


def orphaned(event: vps.ServerOrphaned) -> Text:
    return Text(
        f"A server belongs to no customer: {event.name}",
        f"Server {event.provider_id} at {event.account_id} carries Slipway's label and no VPS.",
        "It costs money and is not touched: look at it at the provider and delete it there if it "
        "is nobody's.",
    )
