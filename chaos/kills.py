"""Ten rounds: ten customers buy, some earlier ones cancel, and one process is killed meanwhile.

The customers act only through the simulators. A killed service restarts automatically, and a killed
server of the backing is started again as an operator would do.
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
"""The minimum number of operations in progress at each kill."""
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
    """The failures that must be announced to an admin."""


async def run_kills(system: System, rng: Random, say: Say) -> KillReport:
    report = KillReport()
    victims = _victims(rng)
    standing: list[Json] = []
    await system.simulators.set_delivery_faults(
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
    """Returns each of the six processes once, then four of them again."""
    everyone = [*SERVICES, "kafka", "mongodb"]
    rng.shuffle(everyone)
    return everyone + rng.sample(everyone, ROUNDS - len(everyone))


def _leaving(rng: Random, standing: list[Json], round_: int) -> list[Json]:
    """Chooses the customers that cancel: half of all by the last round."""
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
    """Causes failures that only an admin can decide: four refunds and an unmapped price."""
    for one in rng.sample(standing, 4):
        report.needing_an_admin.append(await system.simulators.act(one, "refund"))
    mystery = await system.simulators.buy("Customer of a mystery", "price_mystery")
    report.needing_an_admin.append(mystery)
