"""The record's own words, normalised (pure): what a stream remembers and the poller compares."""

from decimal import Decimal, InvalidOperation

from slipway.contracts.subscriptions import RecordFields
from slipway.ingest.ghl.payload import Payload, moment, text
from slipway.ingest.ghl.status import word_of

_MOST_DIGITS = 30
"""`1e999999` is a number too, of a million digits."""


def read(record: Payload, price_id: str | None = None) -> RecordFields:
    """The record's own words, normalised; also used on list rows by the poller."""
    return RecordFields(
        status=word_of(record.get("status")),
        amount=_amount(record.get("amount")),
        currency=(text(record.get("currency")) or "").upper() or None,
        price_id=price_id,
        order_id=order_id_in(record),
        created_at=moment(record.get("createdAt")),
        updated_at=moment(record.get("updatedAt")),
        canceled_at=moment(record.get("canceledAt")),
        live=_live(record),
    )


def order_id_in(record: Payload) -> str | None:
    kind = text(record.get("entityType"))
    return text(record.get("entityId")) if kind in {None, "order"} else None


def _live(record: Payload) -> bool:
    """`liveMode` false or `markAsTest` true is a test; the strings "false" and "true" count."""
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
    """`24`, `24.0` and `"24.00"` are one amount; the poller must not see a change between them."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return None
    return f"{number.normalize():f}"
