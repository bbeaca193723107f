"""Decides what the price of a purchase means (pure): a plan, no VPS, unmapped, or unclear."""

from dataclasses import dataclass

from slipway.ingest.subscriptions.plans import Plan, Plans
from slipway.ingest.subscriptions.purchase import Purchase, Unclear


@dataclass(frozen=True)
class Unmapped:
    price_id: str
    product_name: str | None


@dataclass(frozen=True)
class NotVps:
    price_id: str


PriceMeaning = Plan | Unmapped | NotVps | Unclear


def meaning_of(bought: Purchase | Unclear, plans: Plans) -> PriceMeaning:
    if isinstance(bought, Unclear):
        return bought
    if bought.price_id in plans.not_vps:
        return NotVps(bought.price_id)
    return plans.by_price.get(bought.price_id) or Unmapped(bought.price_id, bought.product_name)
