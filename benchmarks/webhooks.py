"""Builds signed webhooks as whole HTTP requests before the measurement. `load` sends them.

The key belongs to the benchmarks. Both contenders get its public half.
"""

import json
import random  # noqa: TID251 - a seed, so that the key is the same in every run
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.simulators.ghl.webhooks.signing import HEADER, Signer

PATH = "/webhooks/ghl"

_signer = Signer(random.Random(1))  # noqa: S311 - protects nothing
PUBLIC_KEY = _signer.public_pem

_CUSTOMER = {
    "firstName": "Ada",
    "lastName": "Example",
    "email": "ada@example.com",
    "phone": "+15005550006",
    "tags": ["customer"],
    "country": "US",
    "companyName": "Ada Co",
    "address1": "1 Test St",
    "city": "Testville",
    "state": "TX",
    "postalCode": "00000",
    "website": "https://example.com",
    "dateAdded": "2026-10-05T09:14:59.001Z",
}


def contact_updates(location: str, name: str, count: int) -> list[bytes]:
    """The most frequent webhook, which Slipway only stores. `name` is part of the ids."""
    return [
        _request(
            {
                "type": "ContactUpdate",
                "locationId": location,
                "id": f"conBENCH{number:012}",
                "name": "Ada Example",
                "source": "vps checkout",
                "customFields": [{"id": "cfBENCHhostname00001", "value": "web01"}],
                **_CUSTOMER,
            },
            f"{name}-{number}",
        )
        for number in range(count)
    ]


def order_events(orders: Sequence[Mapping[str, Any]], price: str) -> list[bytes]:
    """Purchases as GHL signs them, with the order and its contact but no subscription."""
    return [_request(_order(order, price), f"order-{order['order_id']}") for order in orders]


def _order(order: Mapping[str, Any], price: str) -> dict[str, Any]:
    return {
        "type": "OrderStatusUpdate",
        "_id": order["order_id"],
        "altId": order["location_id"],
        "altType": "location",
        "locationId": order["location_id"],
        "contactId": order["contact_id"],
        "contactSnapshot": {"id": order["contact_id"], **_CUSTOMER},
        "currency": "USD",
        "amount": 24,
        "status": "completed",
        "liveMode": True,
        "items": [
            {
                "name": "VPS",
                "qty": 1,
                "product": {"_id": "prod_vps", "name": "VPS"},
                "price": {"_id": price, "type": "recurring", "amount": 24, "currency": "USD"},
            }
        ],
        "createdAt": "2026-10-05T09:15:30.001Z",
        "updatedAt": "2026-10-05T09:15:30.001Z",
    }


def _request(payload: Mapping[str, Any], webhook_id: str) -> bytes:
    stamped = {**payload, "timestamp": "2026-10-05T09:15:30.412Z", "webhookId": webhook_id}
    body = json.dumps(stamped, separators=(",", ":")).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{HEADER}: {_signer.sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
