"""Ten waves: ten buy, some of those before cancel, and in the middle of it something is killed.

Only the world outside is driven; what is killed comes back by itself or is started as an operator
would start it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded by the command line, handed in

from demo.settlement import unsettled
from demo.simulators_client import Json
from demo.system import INSTALLATION, SERVICES, System

ROUNDS = 10
BUYERS = 10
IN_FLIGHT = 10
"""At least so many operations are under way at each kill."""
_PRICES = ("price_vps_small", "price_vps_medium", "price_vps_large")
_BETWEEN_SECONDS = 4.0
_BACKING_AWAY_SECONDS = 2.0

Say = Callable[[str], None]


@dataclass
class KillReport:
    kills: int = 0
    in_flight: list[int] = field(default_factory=list)
    bought: list[Json] = field(default_factory=list)
    needing_an_admin: list[Json] = field(default_factory=list)
    """Each of them is a failure that somebody has to hear of."""


async def run_kills(system: System, rng: Random, say: Say) -> KillReport:
    report = KillReport()
    victims = _victims(rng)
    standing: list[Json] = []
    await system.simulators.deliveries_go_wrong(
        duplicate={"probability": 0.1}, delay={"probability": 0.1}, delay_seconds=2.0
    )
    for round_ in range(ROUNDS):
        bought = await _buy(system, rng, report)
        leaving = _leaving(rng, standing, round_)
        await asyncio.gather(*(system.simulators.act(one, "cancel") for one in leaving))
        standing = [one for one in standing if one not in leaving] + bought
        flying = await _in_flight(system)
        report.in_flight.append(flying)
        say(f"round_ {round_ + 1}: {flying} in flight, kill -9 {victims[round_]}")
        await _kill(system, victims[round_])
        report.kills += 1
        await asyncio.sleep(_BETWEEN_SECONDS)
    await _refunds(system, rng, standing, report)
    return report


def _victims(rng: Random) -> list[str]:
    """Each of the six once, then four more."""
    everyone = [*SERVICES, "kafka", "mongodb"]
    rng.shuffle(everyone)
    return everyone + rng.sample(everyone, ROUNDS - len(everyone))


def _leaving(rng: Random, standing: list[Json], round_: int) -> list[Json]:
    """Half of all in the end."""
    return rng.sample(standing, min(len(standing), 6 if round_ else 0))


async def _buy(system: System, rng: Random, report: KillReport) -> list[Json]:
    first = len(report.bought) + 1
    bought = await asyncio.gather(
        *(
            system.simulators.buy(f"Customer {first + number:03}", rng.choice(_PRICES))
            for number in range(BUYERS)
        )
    )
    report.bought += bought
    return list(bought)


async def _in_flight(system: System) -> int:
    cloud = await system.simulators.cloud()
    return len(unsettled(await system.simulators.subscriptions(), cloud["servers"], INSTALLATION))


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


async def _refunds(system: System, rng: Random, standing: list[Json], report: KillReport) -> None:
    """Money given back: nothing is touched, a person decides. And a price that nobody mapped."""
    for one in rng.sample(standing, 4):
        report.needing_an_admin.append(await system.simulators.act(one, "refund"))
    mystery = await system.simulators.buy("Customer of a mystery", "price_mystery")
    report.needing_an_admin.append(mystery)
