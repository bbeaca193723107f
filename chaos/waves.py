"""Ten waves: ten buy, some of those before cancel, and in the middle of it something is killed.

Only the world outside is driven; what is killed comes back by itself or is started as an operator
would start it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded by the command line, handed in

from demo.outside import Json
from demo.system import INSTALLATION, SERVICES, System
from demo.verdict import unsettled

WAVES = 10
BUYERS = 10
IN_FLIGHT = 10
"""At least so many operations are under way at each kill."""
_PRICES = ("price_vps_small", "price_vps_medium", "price_vps_large")
_BETWEEN_SECONDS = 4.0
_BACKING_AWAY_SECONDS = 2.0

Say = Callable[[str], None]


@dataclass
class Toll:
    kills: int = 0
    in_flight: list[int] = field(default_factory=list)
    bought: list[Json] = field(default_factory=list)
    needing_a_person: list[Json] = field(default_factory=list)
    """Each of them is a failure that somebody has to hear of."""


async def strike(system: System, rng: Random, say: Say) -> Toll:
    toll = Toll()
    victims = _victims(rng)
    standing: list[Json] = []
    await system.outside.deliveries_go_wrong(
        duplicate={"probability": 0.1}, delay={"probability": 0.1}, delay_seconds=2.0
    )
    for wave in range(WAVES):
        bought = await _buy(system, rng, toll)
        leaving = _leaving(rng, standing, wave)
        await asyncio.gather(*(system.outside.act(one, "cancel") for one in leaving))
        standing = [one for one in standing if one not in leaving] + bought
        flying = await _in_flight(system)
        toll.in_flight.append(flying)
        say(f"wave {wave + 1}: {flying} in flight, kill -9 {victims[wave]}")
        await _kill(system, victims[wave])
        toll.kills += 1
        await asyncio.sleep(_BETWEEN_SECONDS)
    await _refunds(system, rng, standing, toll)
    return toll


def _victims(rng: Random) -> list[str]:
    """Each of the six once, then four more."""
    everyone = [*SERVICES, "kafka", "mongodb"]
    rng.shuffle(everyone)
    return everyone + rng.sample(everyone, WAVES - len(everyone))


def _leaving(rng: Random, standing: list[Json], wave: int) -> list[Json]:
    """Half of all in the end."""
    return rng.sample(standing, min(len(standing), 6 if wave else 0))


async def _buy(system: System, rng: Random, toll: Toll) -> list[Json]:
    first = len(toll.bought) + 1
    bought = await asyncio.gather(
        *(
            system.outside.buy(f"Customer {first + number:03}", rng.choice(_PRICES))
            for number in range(BUYERS)
        )
    )
    toll.bought += bought
    return list(bought)


async def _in_flight(system: System) -> int:
    cloud = await system.outside.cloud()
    return len(unsettled(await system.outside.subscriptions(), cloud["servers"], INSTALLATION))


async def _kill(system: System, victim: str) -> None:
    backing = system.backing
    match victim:
        case "kafka":
            await asyncio.to_thread(backing.kill_kafka)
            await asyncio.sleep(_BACKING_AWAY_SECONDS)
            await asyncio.to_thread(backing.start_kafka)
        case "mongodb":
            await asyncio.to_thread(backing.kill_mongodb)
            await asyncio.sleep(_BACKING_AWAY_SECONDS)
            await asyncio.to_thread(backing.start_mongodb)
        case service:
            system.processes[service].kill()


async def _refunds(system: System, rng: Random, standing: list[Json], toll: Toll) -> None:
    """Money given back: nothing is touched, a person decides. And a price that nobody mapped."""
    for one in rng.sample(standing, 4):
        toll.needing_a_person.append(await system.outside.act(one, "refund"))
    mystery = await system.outside.buy("Customer of a mystery", "price_mystery")
    toll.needing_a_person.append(mystery)
