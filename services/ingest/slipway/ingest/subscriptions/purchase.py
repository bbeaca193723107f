"""Finds the price and quantity of a subscription (pure). GHL's record lacks them.

They are only in the payment provider's data (`subscriptionSnapshot`) or in the items of the order
(docs/ghl.md). Two subscriptions may share one order, so exactly one item must match. Otherwise the
purchase is unclear and changes nothing (H16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from slipway.ingest.ghl.payload import Payload, first, items, mapping, text
from slipway.ingest.subscriptions.plans import Plans

MAX_QUANTITY = 1000
"""GHL sells quantities from 1 to 1000; a larger number is a mistake."""


@dataclass(frozen=True)
class Purchase:
    price_id: str
    quantity: int
    product_name: str | None = None


@dataclass(frozen=True)
class Unclear:
    """A purchase that can't be understood: the field and the problem."""

    field: str
    problem: str


@dataclass(frozen=True)
class _Line:
    price_id: str
    quantity: object
    product_name: str | None
    names: frozenset[str]
    """All ids and names by which the record's `recurringProduct` may refer to this line."""


def find_purchase(record: Payload, order: Payload | None, plans: Plans) -> Purchase | Unclear:
    """Returns the price and quantity, or Unclear.

    A mapped price in the payment provider's data is used before the order, because the order is
    outdated after a plan change.
    """
    provider_lines = _provider_lines(record)
    mapped = [line for line in provider_lines if plans.knows(line.price_id)]
    if mapped:
        return _single_purchase(mapped, "subscriptionSnapshot.items")
    if order is None:
        return Unclear("order", "the record's order can't be read, and nothing else names a price")
    lines = _order_lines(order)
    return _single_purchase(_matching(lines, record, provider_lines), "order.items")


def provider_prices(record: Payload) -> tuple[str, ...]:
    """Returns the price ids in the payment provider's data. A row of GHL's list has them too."""
    return tuple(line.price_id for line in _provider_lines(record))


def _provider_lines(record: Payload) -> list[_Line]:
    snapshot = mapping(record.get("subscriptionSnapshot"))
    entries = snapshot.get("items")
    lines = list(items(mapping(entries).get("data") if isinstance(entries, dict) else entries))
    if not lines and (snapshot.get("plan") or snapshot.get("price")):
        lines = [snapshot]
    found = []
    for line in lines:
        price = line.get("price") or line.get("plan")
        price_id = first(mapping(price), "_id", "id") or text(price)
        if price_id:
            quantity = line.get("quantity", line.get("qty", 1))
            found.append(_Line(price_id, quantity, None, frozenset({price_id})))
    return found


def _order_lines(order: Payload) -> list[_Line]:
    found = []
    for item in items(order.get("items")):
        price, product = mapping(item.get("price")), mapping(item.get("product"))
        price_id = first(price, "_id", "id")
        if price_id is None or text(price.get("type")) == "one_time":
            continue
        named = (item.get("name"), product.get("name"), product.get("_id"), price.get("name"))
        names = frozenset(word for word in map(text, named) if word) | {price_id}
        found.append(
            _Line(price_id, item.get("qty", item.get("quantity")), text(product.get("name")), names)
        )
    return found


def _matching(lines: list[_Line], record: Payload, provider_lines: list[_Line]) -> list[_Line]:
    if len({line.price_id for line in lines}) <= 1:
        return lines
    provider_prices = {line.price_id for line in provider_lines}
    by_price = [line for line in lines if line.price_id in provider_prices]
    if by_price:
        return by_price
    recurring = mapping(record.get("recurringProduct"))
    keys = ("_id", "id", "productId", "priceId", "name")
    references = {word for key in keys if (word := text(recurring.get(key)))}
    references |= {
        w for k in ("price", "product") if (w := first(mapping(recurring.get(k)), "_id"))
    }
    # The price id is tried first, because a product's name may refer to several lines.
    exact = [line for line in lines if line.price_id in references]
    return exact or [line for line in lines if line.names & references] or lines


def _single_purchase(lines: Sequence[_Line], where: str) -> Purchase | Unclear:
    prices = {line.price_id for line in lines}
    if not prices:
        return Unclear(where, "no recurring price")
    if len(prices) > 1:
        return Unclear(
            where,
            f"{len(prices)} recurring prices, and it is unclear which one applies",
        )
    quantities = [parse_quantity(line.quantity) for line in lines]
    counted = [quantity for quantity in quantities if quantity is not None]
    if len(counted) != len(quantities):
        return Unclear("quantity", f"{where}: the quantity is not a positive whole number")
    return Purchase(lines[0].price_id, sum(counted), lines[0].product_name)


def parse_quantity(value: Any) -> int | None:
    """Returns a positive whole number, also for `"2"` or `2.0`. None for anything else (H16)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or number != number.to_integral_value() or number < 1:
        return None
    return int(number) if number <= MAX_QUANTITY else None
