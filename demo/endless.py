"""Simulates customers without an end: they buy, pay late, change their plan and cancel."""

import asyncio
from random import Random  # noqa: TID251 - seeded by the command line, handed in

from demo.scenario import LARGE, MEDIUM, MYSTERY, SMALL
from demo.simulators_client import Json, Simulators

_MOST_CUSTOMERS = 30
_TROUBLE = (
    ("lost_reply", {"operation": "create", "count": 1}),
    ("no_capacity", {"count": 1}),
    ("server_error", {"count": 2}),
    ("down", {"count": None, "for_seconds": 6}),
)


async def keep_customers_busy(simulators: Simulators, rng: Random) -> None:
    """Causes one event every one to three seconds, until cancelled."""
    number = 0
    while True:
        standing = [one for one in await simulators.subscriptions() if one["plan"]]
        paying = [one for one in standing if one["status"] == "active"]
        late = [one for one in standing if one["status"] in {"past_due", "unpaid", "paused"}]
        if rng.random() < 0.05:
            kind, fault = rng.choice(_TROUBLE)
            await simulators.arm_cloud_fault(kind, **fault)
        elif late and rng.random() < 0.4:
            await simulators.act(rng.choice(late), rng.choice(("pay", "pay", "cancel")))
        elif len(paying) < _MOST_CUSTOMERS and rng.random() < 0.6:
            number += 1
            price = MYSTERY if rng.random() < 0.02 else rng.choice((SMALL, SMALL, MEDIUM, LARGE))
            await simulators.buy(f"Customer {number:03}", price)
        elif paying:
            await _change_of_mind(simulators, rng.choice(paying), rng)
        await asyncio.sleep(rng.uniform(1.0, 3.0))


async def _change_of_mind(simulators: Simulators, subscription: Json, rng: Random) -> None:
    await simulators.act(subscription, rng.choice(("cancel", "cancel", "fail_payment", "pause")))
