"""The fixed story of forty customers that `--once` tells: what they buy, and what goes wrong.

Only the world outside is touched, as people would touch it at its page; Slipway is left alone.
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
class Told:
    """Who did what, for the checks."""

    bought: list[Json] = field(default_factory=list)


async def play(system: System, say: Say) -> Told:
    """About a minute; returns when the last thing has happened, not when all is settled."""
    told = Told()
    teller = _Teller(system.simulators, told)
    say("twelve customers buy; some webhooks come twice, some late, some out of order")
    await system.simulators.deliveries_go_wrong(
        duplicate={"probability": 0.2}, delay={"probability": 0.2}, delay_seconds=1.5
    )
    plain = [await teller.buys(price) for price in (SMALL, MEDIUM, LARGE) * 4]
    say("a reply of the cloud is lost after the work was done, twice")
    await system.simulators.cloud_goes_wrong("lost_reply", operation="create", count=2)
    await teller.buy_some(SMALL, 3)
    say("four change their minds within a second; two buy coaching, which is no server")
    for _ in range(4):
        hasty = await teller.buys(SMALL)
        await system.simulators.act(hasty, "cancel")
    await teller.buy_some(COACHING, 2)
    say("the provisioner is killed in the middle of five purchases")
    await teller.buy_some(MEDIUM, 5)
    system.processes["provisioner"].kill()
    say("three pay late; one of them very late, and is switched off meanwhile")
    late = plain[:3]
    for subscription in late:
        await system.simulators.act(subscription, "fail_payment")
    await system.simulators.act(late[0], "unpaid")
    say("the cloud is down for eight seconds while five buy")
    await system.simulators.cloud_goes_wrong("down", count=None, for_seconds=8)
    await teller.buy_some(SMALL, 5)
    say("a webhook gets lost on its way: the list will show the purchase")
    await system.simulators.deliveries_go_wrong(drop={"armed": 2})
    await teller.buy_some(LARGE, 1)
    say("somebody buys at a price that nobody mapped to a plan")
    await teller.buy_some(MYSTERY, 1)
    say("the late ones pay; six cancel; the last seven buy")
    for subscription in late:
        await system.simulators.act(subscription, "pay")
    for subscription in plain[3:9]:
        await system.simulators.act(subscription, "cancel")
        await asyncio.sleep(_BETWEEN_SECONDS)
    await teller.buy_some(SMALL, 7)
    return told


class _Teller:
    def __init__(self, simulators: Simulators, told: Told) -> None:
        self._simulators = simulators
        self._told = told

    async def buys(self, price: str) -> Json:
        number = len(self._told.bought) + 1
        subscription = await self._simulators.buy(f"Customer {number:02}", price)
        self._told.bought.append(subscription)
        await asyncio.sleep(_BETWEEN_SECONDS)
        return subscription

    async def buy_some(self, price: str, count: int) -> None:
        for _ in range(count):
            await self.buys(price)
