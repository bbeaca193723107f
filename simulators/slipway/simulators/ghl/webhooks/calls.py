"""Builds the webhook calls of a change (pure). `deliveries` sends the calls.

No signed event is about a subscription (docs/ghl.md). A purchase causes signed events about an
order and a contact. Later changes cause at most an unsigned workflow call, and a change of the plan
causes no call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from slipway.simulators.ghl.api import serializers
from slipway.simulators.ghl.api.serializers import Json
from slipway.simulators.ghl.records.entities import Contact, Location, Order, Status, Subscription
from slipway.simulators.ghl.records.store import RecordStore

APP_ID = "67b3aaaaaaaaaaaaaaaaaaaa"
VERSION_ID = "67b3bbbbbbbbbbbbbbbbbbbb"


class Channel(StrEnum):
    SIGNED = "signed"
    WORKFLOW = "workflow"


@dataclass(frozen=True)
class Call:
    channel: Channel
    event: str
    location_id: str
    body: Json


_WORDS: Mapping[str, str] = {
    Status.TRIALING: "trial",
    Status.PAST_DUE: "overdue",
    Status.FAILED: "failed",
}
"""The status values of the Subscription trigger that differ from those of the record."""


def contact_event(event: str, contact: Contact) -> Call:
    body = serializers.contact_snapshot(contact) | {"attachments": []}
    return _signed(event, contact.location_id, body)


def order_event(event: str, records: RecordStore, order: Order) -> Call:
    shown = serializers.shown_order(records, order)
    left_out = {"markAsTest", "traceId"}
    body = {name: value for name, value in shown.items() if name not in left_out} | {
        "taxSummary": [],
        "amountSummary": {"discount": 0, "shipping": 0, "subtotal": shown["amount"], "tax": 0},
    }
    return _signed(event, order.location_id, body)


def subscription_trigger(records: RecordStore, one: Subscription) -> Call:
    """Returns a workflow call of the Subscription trigger, with the ids in its custom data."""
    word = _WORDS.get(one.status, one.status)
    custom = {
        "event": f"subscription.{word}",
        "subscription_id": one.id,
        "contact_id": one.contact_id,
    }
    return _workflow("Subscription", records, one, f"VPS subscription {word}", custom)


def payment_trigger(
    records: RecordStore, one: Subscription, transaction: str, now: datetime, *, succeeded: bool
) -> Call:
    """Returns a workflow call of the trigger Payment Received. The call names no subscription.

    GHL sends such calls for failed payments too.
    """
    status = "succeeded" if succeeded else "failed"
    call = _workflow(
        "Payment Received", records, one, "VPS payment received", {"event": f"payment.{status}"}
    )
    payment = _payment(records, one, transaction, status, now)
    return Call(call.channel, call.event, call.location_id, call.body | {"payment": payment})


def refund_trigger(records: RecordStore, one: Subscription) -> Call:
    custom = {"event": "refund", "subscription_id": one.id, "order_id": one.order_id}
    return _workflow("Refund", records, one, "VPS refund", custom)


def _signed(event: str, location: str, body: Json) -> Call:
    envelope = {
        "type": event,
        "locationId": location,
        "versionId": VERSION_ID,
        "appId": APP_ID,
    }
    return Call(Channel.SIGNED, event, location, envelope | body)


def _workflow(
    event: str, records: RecordStore, one: Subscription, name: str, custom: Mapping[str, str]
) -> Call:
    contact = records.contacts[one.contact_id].latest
    names = {field.id: field.name for field in records.custom_fields}
    body: Json = {
        # Custom fields are at the top level under their labels, and their names may collide.
        **{names[id_]: value for id_, value in contact.custom_fields.items() if id_ in names},
        **_flat_contact(contact),
        "location": _location(records.locations[one.location_id]),
        "workflow": {"id": str(uuid5(NAMESPACE_URL, name)), "name": name},
        "triggerData": {},
        "contact": {"attributionSource": {}, "lastAttributionSource": {}},
        "attributionSource": {},
        "customData": dict(custom),
    }
    return Call(Channel.WORKFLOW, event, one.location_id, body)


def _flat_contact(contact: Contact) -> Json:
    return {
        "contact_id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "tags": ",".join(contact.tags),
        "country": "US",
        "timezone": "America/Chicago",
        "date_created": serializers.iso(contact.added_at),
        "contact_source": "vps checkout",
        "contact_type": "customer",
    }


def _location(location: Location) -> Json:
    return {
        "name": location.name,
        "address": "1 Host Rd",
        "city": "Testville",
        "state": "TX",
        "country": "US",
        "postalCode": "00000",
        "fullAddress": "1 Host Rd, Testville TX 00000",
        "id": location.id,
    }


def _payment(
    records: RecordStore, one: Subscription, transaction: str, status: str, now: datetime
) -> Json:
    price, amount = records.price_of(one), records.amount_of(one)
    contact = records.contacts[one.contact_id].latest
    return {
        "transaction_id": transaction,
        "source": "funnel",
        "payment_status": status,
        "global_product_ids": [price.product_id],
        "global_product_price_ids": [price.id],
        "line_items": [_payment_line(records, one)],
        "sub_total_amount": amount,
        "discount_amount": 0,
        "tax_amount": 0,
        "total_amount": amount,
        "method": "gateway",
        "gateway": "stripe",
        "card": {"brand": "visa", "last4": "4242"},
        "currency_symbol": "$",
        "currency_code": price.currency,
        "created_at": serializers.iso(now),
        "created_on": f"{now:%B} {now.day}, {now.year}",
        "customer": {
            "id": contact.id,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
        },
    }


def _payment_line(records: RecordStore, one: Subscription) -> Json:
    price, amount = records.price_of(one), records.amount_of(one)
    return {
        "id": price.id,
        "title": price.item_name,
        "price": price.amount,
        "quantity": one.item.quantity,
        "line_subtotal": amount,
        "line_discount": 0,
        "line_tax": 0,
        "line_price": amount,
        "product_type": "recurring",
        "line_setup_fee": 0,
        "product_submission_type": 1,
        "meta": {
            "product_id": price.product_id,
            "price_id": price.id,
            "order_id": one.order_id,
        },
    }
