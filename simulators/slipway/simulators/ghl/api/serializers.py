"""Converts records to the API's formats. Plan and quantity appear only where the real API has them.

The items of an order contain them. After a change of the subscription, the payment provider's
snapshot contains the new values, and the order still contains the first purchase (docs/ghl.md).
This is an assumption until it is observed at the real API.
"""

from datetime import datetime
from typing import Any

from slipway.simulators.ghl.records.entities import Contact, CustomField, Item, Order, Subscription
from slipway.simulators.ghl.records.store import RecordStore

Json = dict[str, Any]

FUNNEL_ID = "funDEMOvps000000001"
_FUNNEL = "VPS funnel"
_SOURCE_META = {"domain": "shop.example.com", "pageUrl": "/vps"}
_ACCOUNT = "acct_DEMO0000000001"


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def listed_subscription(records: RecordStore, one: Subscription) -> Json:
    """Returns one row of the answer to `GET /payments/subscriptions`."""
    contact = records.contacts[one.contact_id].latest
    return _subscription(records, one) | {
        "contactName": contact.name,
        "contactEmail": contact.email,
        "entitySourceType": "funnel",
        "entitySourceName": _FUNNEL,
        "entitySourceId": FUNNEL_ID,
        "entitySourceMeta": _SOURCE_META,
        "paymentProviderType": "stripe",
        "paymentProviderConnectedAccount": _ACCOUNT,
    }


def shown_subscription(records: RecordStore, one: Subscription) -> Json:
    """Returns the answer to `GET /payments/subscriptions/{id}`."""
    contact = records.contacts[one.contact_id].latest
    price = records.price_of(one)
    shown = _subscription(records, one) | {
        "contactSnapshot": contact_snapshot(contact),
        "entitySource": order_source(),
        "paymentProvider": {"type": "stripe", "connectedAccount": {"accountId": _ACCOUNT}},
        "markAsTest": not one.live,
        "schedule": {
            "rrule": {"intervalType": "monthly", "interval": 1, "startDate": f"{one.starts_at:%F}"}
        },
        "recurringProduct": {"locationId": one.location_id, "name": price.product_name},
        "traceId": one.id,
    }
    return shown | ({"canceledAt": iso(one.canceled_at)} if one.canceled_at else {})


def _subscription(records: RecordStore, one: Subscription) -> Json:
    return {
        "_id": one.id,
        "altId": one.location_id,
        "altType": "location",
        "contactId": one.contact_id,
        "currency": records.price_of(one).currency,
        "amount": records.amount_of(one),
        "status": one.status,
        "liveMode": one.live,
        "entityType": "order",
        "entityId": one.order_id,
        "subscriptionId": one.provider_id,
        "subscriptionSnapshot": _provider_snapshot(records, one),
        "createdAt": iso(one.created_at),
        "updatedAt": iso(one.updated_at),
    }


def _provider_snapshot(records: RecordStore, one: Subscription) -> Json:
    snapshot: Json = {"id": one.provider_id, "status": one.status}
    if one.trial_ends_at:
        snapshot["trial_end"] = int(one.trial_ends_at.timestamp())
    if one.paid_through and one.period_start:
        snapshot["current_period_start"] = int(one.period_start.timestamp())
        snapshot["current_period_end"] = int(one.paid_through.timestamp())
        snapshot["cancel_at_period_end"] = one.ends_at_period_end
    if one.item not in records.orders[one.order_id].latest.items:
        line = {"price": {"id": one.item.price_id}, "quantity": one.item.quantity}
        snapshot["items"] = {"object": "list", "data": [line]}
    return snapshot


def shown_order(records: RecordStore, order: Order) -> Json:
    """Returns the answer to `GET /payments/orders/{id}`."""
    amount = order_amount(records, order)
    return {
        "_id": order.id,
        "altId": order.location_id,
        "altType": "location",
        "contactId": order.contact_id,
        "contactSnapshot": contact_snapshot(records.contacts[order.contact_id].latest),
        "currency": records.prices[order.items[0].price_id].currency,
        "amount": amount,
        "status": order.status,
        "liveMode": order.live,
        "fulfillmentStatus": "unfulfilled",
        "amountSummary": {"subtotal": amount, "discount": 0},
        "source": order_source(),
        "items": [order_item(records, item) for item in order.items],
        "markAsTest": not order.live,
        "traceId": order.id,
        "createdAt": iso(order.created_at),
        "updatedAt": iso(order.updated_at),
    }


def listed_order(records: RecordStore, order: Order) -> Json:
    """Returns one row of the answer to `GET /payments/orders`.

    The row contains counts instead of items.
    """
    contact = records.contacts[order.contact_id].latest
    shown = shown_order(records, order)
    left_out = {"items", "contactSnapshot", "amountSummary", "source", "traceId", "markAsTest"}
    return {name: value for name, value in shown.items() if name not in left_out} | {
        "contactName": contact.name,
        "contactEmail": contact.email,
        "subtotal": shown["amount"],
        "discount": 0,
        "totalProducts": len(order.items),
        "onetimeProducts": 0,
        "recurringProducts": len(order.items),
        "sourceType": "funnel",
        "sourceName": _FUNNEL,
        "sourceId": FUNNEL_ID,
        "sourceMeta": _SOURCE_META,
    }


def order_amount(records: RecordStore, order: Order) -> float:
    return sum(records.prices[item.price_id].amount * item.quantity for item in order.items)


def order_source() -> Json:
    return {
        "type": "funnel",
        "subType": "two_step_order_form",
        "id": FUNNEL_ID,
        "name": _FUNNEL,
        "meta": _SOURCE_META,
    }


def order_item(records: RecordStore, item: Item) -> Json:
    price = records.prices[item.price_id]
    return {
        "name": price.item_name,
        "qty": item.quantity,
        "product": {
            "_id": price.product_id,
            "name": price.product_name,
            "availableInStore": False,
            "taxes": [],
            "variants": [],
        },
        "price": {
            "_id": price.id,
            "name": price.name,
            "type": "recurring" if price.recurring else "one_time",
            "currency": price.currency,
            "amount": price.amount,
            "recurring": {"interval": "month", "intervalCount": 1},
            "variantOptionIds": [],
        },
    }


def contact_snapshot(contact: Contact) -> Json:
    return {
        "id": contact.id,
        "locationId": contact.location_id,
        "name": contact.name,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "dnd": False,
        "source": "vps checkout",
        "country": "US",
        "tags": list(contact.tags),
        "dateAdded": iso(contact.added_at),
        "customFields": [
            {"id": id_, "value": value} for id_, value in contact.custom_fields.items()
        ],
    }


def shown_contact(contact: Contact) -> Json:
    """Returns the contact in the answer to `GET /contacts/{id}`."""
    return contact_snapshot(contact) | {
        "emailLowerCase": contact.email.lower(),
        "dateUpdated": iso(contact.updated_at),
    }


def shown_custom_field(one: CustomField, position: int = 0) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "fieldKey": one.key,
        "dataType": one.data_type,
        "position": position,
        "locationId": one.location_id,
        "model": "contact",
    }
