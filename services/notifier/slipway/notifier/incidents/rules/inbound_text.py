"""What people read about what comes in from GHL and goes out to people (pure).

`inbound_rules` asks.
"""

from slipway.contracts import dead_letters, deliveries, incidents, subscriptions
from slipway.contracts.deliveries import SilenceCause
from slipway.notifier.notifications.text import Text, process, sentence


def quarantined(event: deliveries.DeliveryQuarantined) -> Text:
    return Text(
        "A message from GHL can't be processed",
        sentence(event.reason),
        "It is kept. Slipway also reads subscriptions from GHL by itself; when the cause is "
        "mended, press Replay on the portal's page Deliveries.",
    )


_SILENT = {
    SilenceCause.NO_DELIVERIES: "GHL has sent nothing for longer than usual",
    SilenceCause.API_UNREACHABLE: "GHL can't be reached",
    SilenceCause.TOKEN_REFUSED: "GHL does not accept Slipway's token",
    SilenceCause.LIST_NOT_UNDERSTOOD: "Rows of GHL's list can't be read (the others are)",
}


def silent(event: deliveries.LocationFellSilent) -> Text:
    cause = _SILENT[event.cause]
    return Text(
        f"{cause}: location {event.location_id}",
        f"{cause}, since {event.since:%Y-%m-%d %H:%M} UTC.",
        "Slipway goes on asking by itself. Check in GHL that the workflow is on and the token is "
        "valid.",
    )


def ghl_unreachable(event: deliveries.LocationFellSilent) -> Text:
    return Text(
        "GHL can't be reached",
        f"GHL's API has not answered since {event.since:%Y-%m-%d %H:%M} UTC.",
        "What GHL sends is kept; Slipway goes on asking and catches up by itself.",
    )


def dead_letter(event: dead_letters.DeadLetterOpened) -> Text:
    return Text(
        f"{process(event.consumer.partition('.')[0])} can't handle an event",
        f"{sentence(event.error)} (topic {event.record.topic}, offset {event.record.offset})",
        "Only this customer's later events wait behind it. An engineer mends the cause and "
        "presses Try again on the portal's page Dead letters.",
    )


def fell_over(event: incidents.NotificationFailedOver) -> Text:
    return Text(
        f"No messages get through by {event.channel}",
        f"A message went by {event.to_channel} instead.",
        f"Messages go by {event.to_channel} until it works again. Check the address and the key.",
    )


def last_channel_failed(event: incidents.NotificationFailed) -> Text:
    return Text(
        f"No messages get through by {event.channel}",
        f"{sentence(event.problem)} There is no further channel to fall over to.",
        "Slipway tries again every minute. Check the address and the key.",
    )


def unmapped(event: subscriptions.PlanUnmapped) -> Text:
    name = event.product_name or "a product without a name"
    return Text(
        f"A customer pays and gets nothing: price {event.price_id or 'unknown'} has no plan",
        f"{name} is sold in GHL, and plans.yaml doesn't say which VPS it means.",
        "Nothing is made until an engineer adds the price to plans.yaml (or lists it there as no "
        "VPS) and restarts ingest; then the server is made at once.",
    )


def not_understood(event: subscriptions.SubscriptionNotUnderstood) -> Text:
    return Text(
        "GHL says something about a subscription that Slipway doesn't know",
        f"{event.field}: {sentence(event.problem)}",
        "Nothing changes for this customer until it is clear: look at the subscription in GHL.",
    )


def referred(event: subscriptions.EntitlementReferred) -> Text:
    return Text(
        "A payment was refunded or charged back: you decide",
        sentence(event.entitlement.reason),
        "The server goes on running until you delete it in the portal.",
    )


def write_back(event: subscriptions.WriteBackFailed) -> Text:
    return Text(
        "A customer's contact in GHL does not show the VPS",
        sentence(event.problem),
        "The VPS itself is fine. Check the contact and its custom fields in GHL; the next change "
        "is written again.",
    )
