"""Signed webhooks through the real edge, against an endpoint that only produces to Kafka.

The same connections send the same bodies to both, alternating. The medians are compared. The edge
runs in its own process, as under high load. Ingest with its worker inside is measured as a note.
"""

import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from slipway.backing import Backing

from benchmarks import contenders, webhooks
from benchmarks.contenders import Bench
from benchmarks.load import BurstResult, send_burst
from benchmarks.measurement import Aim, Measurement, Say, p50_p99

AIM = Aim(0.7)

_REQUESTS = 4000
_WARM_UP = 1000
_LOCATION = "locELSE0000000000001"
"""An unknown location, so that reading the bodies causes no call to GHL."""


async def run(backing: Backing, folder: Path, rounds: int, say: Say) -> Measurement:
    found: dict[str, list[BurstResult]] = {"ours": [], "baseline": []}
    async with AsyncExitStack() as stack:
        say("starting the edge and the baseline")
        ports = {
            "ours": await stack.enter_async_context(
                contenders.edge(Bench(backing, folder), "edge")
            ),
            "baseline": await stack.enter_async_context(
                contenders.endpoint(Bench(backing, folder))
            ),
        }
        for name, port in ports.items():
            say(f"warming up {name}")
            await send_burst(port, _bodies(f"warm-{name}", _WARM_UP))
        for number in range(rounds):
            requests = _bodies(f"round-{number}", _REQUESTS)
            # They alternate in going first, as the first one's leftover work slows down the second.
            for name in sorted(ports, reverse=bool(number % 2)):
                say(f"round {number + 1} of {rounds}, {name}: {_REQUESTS} webhooks")
                found[name].append(await send_burst(ports[name], requests))
    say("ingest with its worker inside")
    async with contenders.edge(Bench(backing, folder), "edge", "worker") as port:
        whole = await send_burst(port, _bodies("whole", _REQUESTS))
    return _measured(found["ours"], found["baseline"], whole)


def _bodies(name: str, count: int) -> list[bytes]:
    return webhooks.contact_updates(_LOCATION, name, count)


def _measured(
    ours: Sequence[BurstResult], baseline: Sequence[BurstResult], whole: BurstResult
) -> Measurement:
    rates = [statistics.median(one.per_second for one in side) for side in (ours, baseline)]
    return Measurement(
        ours=rates[0],
        baseline=rates[1],
        ratio=rates[0] / rates[1],
        unit="requests/s",
        aim=AIM,
        notes=(
            f"answers: Slipway {_answers(ours)}; baseline {_answers(baseline)}",
            f"ingest with its worker inside: {whole.per_second:.0f}/s, {p50_p99(whole.answer_ms)}",
        ),
    )


def _answers(rounds: Sequence[BurstResult]) -> str:
    return p50_p99([answer for one in rounds for answer in one.answer_ms])
