"""Finds the price and quantity of a subscription (pure). GHL's record lacks them.

They are only in the payment provider's data (`subscriptionSnapshot`) or in the items of the order
(docs/ghl.md). Two subscriptions may share one order, so exactly one item must match. Otherwise the
purchase is unclear and changes nothing (H16).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from slipway.ingest.ghl.payload import Payload, first, items, mapping, text
from slipway.ingest.ghl.record import order_id_in, provider_lines, provider_price
from slipway.ingest.subscriptions.plans import Plan, Plans

MAX_QUANTITY = 1000
"""GHL sells quantities from 1 to 1000; a larger number is a mistake."""


_NOT_SHOWN = object()
"""The provider's snapshot has no field for the quantity, which means 1."""


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
    may_pass: bool = False
    """Whether GHL may show the missing part in some seconds. An order can be 404 after its sale."""


@dataclass(frozen=True)
class _Line:
    price_id: str
    quantity: object
    product_name: str | None
    names: frozenset[str]
    """All ids and names by which the record's `recurringProduct` may refer to this line."""
    ids: frozenset[str]
    """The ids of the line's price, also the payment provider's own."""


def find_purchase(record: Payload, order: Payload | None, plans: Plans) -> Purchase | Unclear:
    """Returns the price and quantity, or Unclear.

    A mapped price in the payment provider's data is used before the order, because the order is
    outdated after a plan change. The order is used only for a price that the record names as well,
    because an unknown new price must not be read as the price that was bought first (H43).
    """
    provider = _provider_lines(record)
    mapped = [line for line in provider if plans.knows(line.price_id)]
    if mapped:
        return _single_purchase(mapped, "subscriptionSnapshot.items")
    if order is None:
        return _without_order(record, provider)
    lines = _order_lines(order)
    if provider:
        bought = _lines_of(provider, lines)
        if not bought:
            return _single_purchase(provider, "subscriptionSnapshot.items")
        return _single_purchase(_matching(bought, record), "order.items")
    price_now = _recurring_price(record)
    if lines and price_now is not None and not any(price_now in line.ids for line in lines):
        return _of_another_price(price_now, plans)
    return _single_purchase(_matching(lines, record), "order.items")


def _without_order(record: Payload, provider: list[_Line]) -> Purchase | Unclear:
    if order_id_in(record) is None and provider:
        return _single_purchase(provider, "subscriptionSnapshot.items")
    return Unclear(
        "order", "the record's order can't be read, and nothing else names a price", may_pass=True
    )


def _of_another_price(price_id: str, plans: Plans) -> Purchase | Unclear:
    if plans.knows(price_id):
        return Unclear("quantity", "the order is about another price than recurringProduct")
    return Purchase(price_id, 1)


def _recurring_price(record: Payload) -> str | None:
    recurring = mapping(record.get("recurringProduct"))
    return first(mapping(recurring.get("price")), "_id", "id") or first(recurring, "priceId")


def _provider_lines(record: Payload) -> list[_Line]:
    found = []
    for line in provider_lines(record):
        if (price_id := provider_price(line)) is not None:
            ids = frozenset({price_id})
            found.append(
                _Line(price_id, line.get("quantity", line.get("qty", _NOT_SHOWN)), None, ids, ids)
            )
    return found


def _lines_of(provider: list[_Line], lines: list[_Line]) -> list[_Line]:
    """Returns the order's lines that the provider's snapshot names, with the current quantity."""
    return [
        line if current.quantity is _NOT_SHOWN else replace(line, quantity=current.quantity)
        for current in provider
        for line in lines
        if current.ids & line.ids
    ]


def _order_lines(order: Payload) -> list[_Line]:
    found = []
    for item in items(order.get("items")):
        price, product = mapping(item.get("price")), mapping(item.get("product"))
        price_id = first(price, "_id", "id")
        if price_id is None or text(price.get("type")) == "one_time":
            continue
        named = (item.get("name"), product.get("name"), product.get("_id"), price.get("name"))
        names = frozenset(word for word in map(text, named) if word) | {price_id}
        own = first(mapping(price.get("stripe")), "stripePriceId")
        ids = frozenset(filter(None, (price_id, own)))
        quantity = item.get("qty", item.get("quantity"))
        found.append(_Line(price_id, quantity, text(product.get("name")), names, ids))
    return found


def _matching(lines: list[_Line], record: Payload) -> list[_Line]:
    if len({line.price_id for line in lines}) <= 1:
        return lines
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
    quantities = [
        1 if line.quantity is _NOT_SHOWN else parse_quantity(line.quantity) for line in lines
    ]
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


@dataclass(frozen=True)
class Unmapped:
    price_id: str
    product_name: str | None


@dataclass(frozen=True)
class NotVps:
    price_id: str


PriceMeaning = Plan | Unmapped | NotVps | Unclear


def meaning_of(bought: Purchase | Unclear, plans: Plans) -> PriceMeaning:
    """Returns what the price means: a plan, no VPS, unmapped, or unclear."""
    if isinstance(bought, Unclear):
        return bought
    if bought.price_id in plans.not_vps:
        return NotVps(bought.price_id)
    return plans.by_price.get(bought.price_id) or Unmapped(bought.price_id, bought.product_name)
