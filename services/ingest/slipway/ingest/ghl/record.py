"""Normalises the fields of GHL's record (pure).

A stream stores the result, and the poller compares it with GHL's list.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from slipway.contracts.deadlines import EARLIEST, LATEST
from slipway.contracts.subscriptions import RecordFields
from slipway.ingest.ghl.payload import Payload, first, items, mapping, moment, text
from slipway.ingest.ghl.status import normalise

_MAX_DIGITS = 30
"""Limit of an amount's digits, because `1e999999` would be a text of a million digits."""


def read_fields(record: Payload, price_id: str | None = None) -> RecordFields:
    """Returns the normalised fields of a record or of a row of GHL's list."""
    return RecordFields(
        status=normalise(record.get("status")),
        amount=_amount(record.get("amount")),
        currency=(text(record.get("currency")) or "").upper() or None,
        price_id=price_id,
        order_id=order_id_in(record),
        created_at=_storable(moment(record.get("createdAt"))),
        updated_at=_storable(moment(record.get("updatedAt"))),
        canceled_at=_storable(moment(record.get("canceledAt"))),
        live=_is_live(record),
        provider_prices=provider_prices(record),
    )


def provider_prices(record: Payload) -> tuple[str, ...]:
    """Returns the prices in the payment provider's snapshot, which list rows contain as well."""
    return tuple(
        price for line in provider_lines(record) if (price := provider_price(line)) is not None
    )


def provider_lines(record: Payload) -> list[Payload]:
    """Returns the lines of the payment provider's snapshot, which has one of several shapes."""
    snapshot = mapping(record.get("subscriptionSnapshot"))
    entries = snapshot.get("items")
    lines = list(items(mapping(entries).get("data") if isinstance(entries, dict) else entries))
    if not lines and (snapshot.get("plan") or snapshot.get("price")):
        return [snapshot]
    return lines


def provider_price(line: Payload) -> str | None:
    price = line.get("price") or line.get("plan")
    return first(mapping(price), "_id", "id") or text(price)


def _storable(date: datetime | None) -> datetime | None:
    """Returns the date if an event can store it. `dates` decides whether it can be true."""
    return date if date is not None and EARLIEST <= date <= LATEST else None


def order_id_in(record: Payload) -> str | None:
    kind = text(record.get("entityType"))
    return text(record.get("entityId")) if kind in {None, "order"} else None


def _is_live(record: Payload) -> bool:
    """Returns False in test mode, that is, if `liveMode` is false or `markAsTest` is true."""
    return _flag(record.get("liveMode"), default=True) and not _flag(
        record.get("markAsTest"), default=False
    )


def _flag(value: object, *, default: bool) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return {"true": True, "1": True, "live": True, "false": False, "0": False, "test": False}.get(
        word, default
    )


def _amount(value: object) -> str | None:
    """Returns the same text for `24`, `24.0` and `"24.00"`, so that the poller sees no change."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        return None
    return f"{number.normalize():f}"
