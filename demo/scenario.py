"""The fixed scenario of `--once`: the purchases of forty customers, and the faults meanwhile.

It acts only through the simulators, as their control page does, and kills one service.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.simulators_client import Json, Simulators
from demo.system import System

SMALL, MEDIUM, LARGE = "price_vps_small", "price_vps_medium", "price_vps_large"
COACHING, MYSTERY = "price_coaching", "price_mystery"

_BETWEEN_SECONDS = 0.4
Say = Callable[[str], None]


@dataclass
class Purchases:
    """The purchases, for the checks."""

    bought: list[Json] = field(default_factory=list)


async def play(system: System, say: Say) -> Purchases:
    """Takes about a minute. Returns after the last action, before all of them are settled."""
    purchases = Purchases()
    buyer = _Buyer(system.simulators, purchases)
    say("twelve customers buy; some webhooks are duplicated, delayed or out of order")
    await system.simulators.set_delivery_faults(
        duplicate={"probability": 0.2}, delay={"probability": 0.2}, delay_seconds=1.5
    )
    plain = [await buyer.buys(price) for price in (SMALL, MEDIUM, LARGE) * 4]
    say("two replies of the cloud are lost after the requests were carried out")
    await system.simulators.arm_cloud_fault("lost_reply", operation="create", count=2)
    await buyer.buy_some(SMALL, 3)
    say("four customers cancel within a second; two buy coaching, which includes no server")
    for _ in range(4):
        hasty = await buyer.buys(SMALL)
        await system.simulators.act(hasty, "cancel")
    await buyer.buy_some(COACHING, 2)
    say("the provisioner is killed during five purchases")
    await buyer.buy_some(MEDIUM, 5)
    system.processes["provisioner"].kill()
    say("three customers pay late; one of them is suspended meanwhile")
    late = plain[:3]
    for subscription in late:
        await system.simulators.act(subscription, "fail_payment")
    await system.simulators.act(late[0], "unpaid")
    say("the cloud is down for eight seconds while five customers buy")
    await system.simulators.arm_cloud_fault("down", count=None, for_seconds=8)
    await buyer.buy_some(SMALL, 5)
    say("the webhooks of one purchase are lost; polling finds it")
    await system.simulators.set_delivery_faults(drop={"armed": 2})
    await buyer.buy_some(LARGE, 1)
    say("a customer buys at a price that is not mapped to a plan")
    await buyer.buy_some(MYSTERY, 1)
    say("the late customers pay; six cancel; the last seven buy")
    for subscription in late:
        await system.simulators.act(subscription, "pay")
    for subscription in plain[3:9]:
        await system.simulators.act(subscription, "cancel")
        await asyncio.sleep(_BETWEEN_SECONDS)
    await buyer.buy_some(SMALL, 7)
    return purchases


class _Buyer:
    def __init__(self, simulators: Simulators, purchases: Purchases) -> None:
        self._simulators = simulators
        self._purchases = purchases

    async def buys(self, price: str) -> Json:
        number = len(self._purchases.bought) + 1
        subscription = await self._simulators.buy(f"Customer {number:02}", price)
        self._purchases.bought.append(subscription)
        await asyncio.sleep(_BETWEEN_SECONDS)
        return subscription

    async def buy_some(self, price: str, count: int) -> None:
        for _ in range(count):
            await self.buys(price)
