"""A row of GHL's list against the stream it belongs to (pure); for `poller`."""

import hashlib
import json
from datetime import datetime

from slipway.contracts.deliveries import DeliveryChannel, DeliveryReceived, Hint
from slipway.contracts.subscriptions import RecordFields
from slipway.ingest.ghl import record as facts
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import Record
from slipway.ingest.subscriptions import purchase


def fingerprint(row: Record) -> str:
    """What the list says of a subscription, in a word; equal for `24` and `"24.00"`."""
    said = facts.read(row).model_dump(mode="json")
    said["prices"] = sorted(purchase.provider_prices(row))
    whole = json.dumps(said, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def differs(row: Record, known: RecordFields | None) -> bool:
    """Status, amount, mode, `updatedAt`, or a price that the record didn't have when last read."""
    if known is None:
        return True
    said = facts.read(row)
    prices = purchase.provider_prices(row)
    moved = bool(prices) and known.price_id is not None and known.price_id not in prices
    return moved or any(
        getattr(said, name) != getattr(known, name)
        for name in ("status", "amount", "live", "updated_at")
    )


def inferred(location: str, row: Record, version: int, now: datetime) -> DeliveryReceived | None:
    """A hint that nobody sent; None where the row has no id.

    Its id names the row's words and the version they differ from, so the next pass and a restart
    find it known. The hour lets it be looked at again should the difference stay.
    """
    id_ = text(row.get("_id"))
    if id_ is None:
        return None
    known_as = f"{location}:{id_}@{version}/{fingerprint(row)}/{now:%Y%m%d%H}"
    hint = Hint(
        location_id=location,
        subscription_id=id_,
        order_id=facts.order_id_in(row),
        claimed_status=text(row.get("status")),
    )
    return DeliveryReceived(
        delivery_id=f"{DeliveryChannel.POLL.value}:{known_as}",
        channel=DeliveryChannel.POLL,
        event_type=None,
        location_id=location,
        webhook_id=None,
        received_at=now,
        raw=None,
        hints=(hint,),
    )
