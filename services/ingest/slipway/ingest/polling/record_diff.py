"""Compares a row of GHL's list with the record fields of its stream (pure).

`row_comparer` uses it.
"""

import hashlib
import json
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, DeliveryReceived, Hint
from slipway.contracts.subscriptions import RecordFields
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import Record
from slipway.ingest.ghl.record import order_id_in, provider_prices, read_fields

_SLOT_SECONDS = 300


def fingerprint(row: Record) -> str:
    """Returns a hash of the normalised row. It is the same for the amounts `24` and `"24.00"`."""
    fields = read_fields(row).model_dump(mode="json")
    fields["provider_prices"] = sorted(provider_prices(row))
    serialised = json.dumps(fields, sort_keys=True)
    return hashlib.sha256(serialised.encode()).hexdigest()[:16]


def differs(row: Record, known: RecordFields | None) -> bool:
    """Returns whether status, amount, mode, `updatedAt` or price differ from the last read."""
    if known is None:
        return True
    fields = read_fields(row)
    return _is_price_changed(row, known) or any(
        getattr(fields, name) != getattr(known, name)
        for name in ("status", "amount", "live", "updated_at")
    )


def _is_price_changed(row: Record, known: RecordFields) -> bool:
    prices = provider_prices(row)
    if known.provider_prices is not None:
        return sorted(prices) != sorted(known.provider_prices)
    return bool(prices) and known.price_id is not None and known.price_id not in prices


def inferred_delivery(
    location: str, id_: str, row: Record, version: int, now: datetime
) -> DeliveryReceived:
    """Returns a delivery with a hint about this row, because no webhook announced the change.

    Its id contains the row's fingerprint, the stream's version and the number of the current
    five-minute slot. So all polls within one slot create the same id, even after a restart. A
    difference that stays gets a new id in a later slot and is read again (H35).
    """
    slot = int(now.timestamp()) // _SLOT_SECONDS
    identity = f"{location}:{id_}@{version}/{fingerprint(row)}/{slot}"
    hint = Hint(
        location_id=location,
        subscription_id=id_,
        order_id=order_id_in(row),
        claimed_status=text(row.get("status")),
    )
    return DeliveryReceived(
        delivery_id=f"{DeliveryChannel.POLL}:{identity}",
        channel=DeliveryChannel.POLL,
        event_type=None,
        location_id=location,
        webhook_id=None,
        received_at=now,
        raw=None,
        hints=(hint,),
    )
