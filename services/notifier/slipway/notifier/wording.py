"""What people read: for each cause a title, the cause in a sentence, and what happens next (pure).

`rules` asks for a Text per event; `templates` put them into a message.
"""

from dataclasses import dataclass

from slipway.contracts import dead_letters, deliveries, incidents, subscriptions, vps


@dataclass(frozen=True)
class Text:
    title: str
    explanation: str
    next_step: str

    def fields(self) -> dict[str, str]:
        return {
            "title": self.title,
            "explanation": self.explanation,
            "next_step": self.next_step,
        }


_UNDONE = {
    "create": "A paid VPS is not running",
    "delete": "A cancelled VPS is not gone",
    "suspend": "An overdue VPS is not switched off",
    "resume": "A paid VPS is not switched on again",
}


def parked(event: vps.OperationParked) -> Text:
    return Text(
        _UNDONE[event.kind],
        f"{event.fault.message} ({event.fault.code}), after {event.attempts} attempts.",
        "It waits for you: mend the cause, then retry it in the portal, or resolve it by hand.",
    )


def overdue(event: incidents.ExpectationMissed) -> Text:
    return Text(
        _UNDONE[event.kind],
        "The promised time passed and the provider has not proven it.",
        "Slipway keeps trying; look at the VPS's timeline for what it waits for.",
    )


def release_stalled() -> Text:
    return Text(
        _UNDONE["delete"],
        "GHL could not be asked whether the customer is really gone.",
        "Nothing is deleted until GHL answers, or you release it in the portal.",
    )


def drifted(event: vps.VpsDrifted) -> Text:
    return Text(
        f"A server changed behind our back: {event.drift}",
        f"The provider shows {event.drift} for server {event.provider_id or 'unknown'}.",
        "Nothing is replaced automatically: decide in the portal.",
    )


def quantity_decrease(event: vps.QuantityDecreaseReferred) -> Text:
    return Text(
        f"The quantity fell to {event.quantity} and every VPS is in use",
        "Slipway never chooses which healthy server goes.",
        "Choose in the portal which VPS to delete.",
    )


def scope_paused(event: vps.ScopePaused) -> Text:
    return Text(
        f"{event.scope_id} is paused",
        f"{event.fault.message} ({event.fault.code}). Its operations wait, none is lost.",
        f"Slipway probes it again at {event.next_probe_at:%H:%M:%S} UTC and then goes on.",
    )


def inventory_failed(event: vps.InventoryFailed) -> Text:
    return Text(
        f"The server list of {event.scope_id} can't be read",
        f"{event.fault.message} ({event.fault.code}). Nothing was concluded from it.",
        "The next inventory is a minute away.",
    )


def account_doubted(event: vps.AccountDoubted) -> Text:
    return Text(
        f"{event.scope_id} may be the wrong account",
        "Our sentinel key is not there: a swapped token, or a wrong project.",
        "Nothing is believed gone and nothing is made there until the right token is back.",
    )


def brake_engaged(event: vps.BrakeEngaged) -> Text:
    return Text(
        "The brake is on: nothing is suspended, deleted or made again",
        f"{event.permits_in_window} such changes were wanted in {event.window_seconds:.0f} s, "
        f"{event.allowed} are allowed.",
        "Check that they are right, then reset the brake in the portal.",
    )


def orphaned(event: vps.ServerOrphaned) -> Text:
    return Text(
        f"An unknown server carries our label: {event.name}",
        f"Server {event.provider_id} in {event.scope_id} belongs to no VPS of ours.",
        "It costs money and is not touched: adopt it or delete it at the provider.",
    )


def quarantined(event: deliveries.DeliveryQuarantined) -> Text:
    return Text(
        f"A {event.channel} webhook could not be processed",
        event.reason,
        "It is kept: mend the cause and replay it in the portal.",
    )


def silent(event: deliveries.LocationFellSilent) -> Text:
    cause = {
        "no-deliveries": "No webhook came for longer than usual",
        "api-unreachable": "GHL's API can't be reached",
        "token-refused": "GHL refuses our token",
        "list-not-understood": "Rows of GHL's list can't be read; the others are",
    }.get(event.cause, event.cause)
    return Text(
        f"Location {event.location_id} is silent",
        f"{cause}, since {event.since:%Y-%m-%d %H:%M} UTC.",
        "The poller goes on; check the workflow and the token in GHL.",
    )


def dead_letter(event: dead_letters.DeadLetterOpened) -> Text:
    return Text(
        f"{event.consumer} can't handle a record",
        f"{event.error} (topic {event.record.topic}, offset {event.record.offset}).",
        "Later records of the same key wait behind it: redrive or skip it in the portal.",
    )


def fell_over(event: incidents.NotificationFellOver) -> Text:
    return Text(
        f"{event.channel} takes no messages",
        f"A message went to {event.to_channel} instead.",
        "Check the channel's address and key.",
    )


def unmapped(event: subscriptions.PlanUnmapped) -> Text:
    name = event.product_name or "unnamed product"
    return Text(
        f"Paid, but no plan: price {event.price_id or 'unknown'}",
        f"A customer pays for {name}, and plans.yaml doesn't say what it means.",
        "Map the price in plans.yaml, or list it under not_vps, and restart ingest.",
    )


def not_understood(event: subscriptions.SubscriptionNotUnderstood) -> Text:
    return Text(
        "A subscription can't be understood",
        f"{event.field}: {event.problem}",
        "Nothing is changed for this customer until it is clear.",
    )


def referred(event: subscriptions.EntitlementReferred) -> Text:
    return Text(
        "Refunded or charged back: you decide",
        event.entitlement.reason,
        "The server stays until you delete it in the portal.",
    )


def write_back(event: subscriptions.WriteBackFailed) -> Text:
    return Text(
        "The contact in GHL could not be told",
        event.problem,
        "The VPS itself is not affected; correct the contact and replay.",
    )
