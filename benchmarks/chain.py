"""From a signed webhook to the provider's create request, against the baseline chain.

The runs of both alternate, each with its own processes, GHL and cloud. Both times come from this
machine's clock: before the sender writes the webhook, and when the cloud creates the server.
"""

import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from slipway.backing import Backing

from benchmarks import contenders, simulated_providers, webhooks
from benchmarks.contenders import Bench
from benchmarks.load import send_burst, send_paced
from benchmarks.measurement import Aim, Measurement, Say, p50_p99, quantile
from benchmarks.simulated_providers import Providers

AIM = Aim(1.4, at_most=True)

_SECONDS = {5: 4, 25: 6, 50: 4}
"""Maps webhooks per second to the seconds for which they are sent."""
_JUDGED = 25
_WARM_UP = 40
_BURST = 200
_PATIENCE_SECONDS = 120.0

Start = Callable[[Bench, Providers], AbstractAsyncContextManager[int]]


@dataclass(frozen=True)
class _Run:
    """One run of one contender."""

    took_ms: dict[int, list[float]]
    """Times from webhook to create, by webhooks per second."""
    saturation: float
    """Creates per second after a burst of webhooks."""

    @property
    def judged(self) -> float:
        return quantile(self.took_ms[_JUDGED], 0.5)


async def run(backing: Backing, folder: Path, rounds: int, say: Say) -> Measurement:
    starts: dict[str, Start] = {"ours": contenders.chain, "bare": contenders.baseline_chain}
    found: dict[str, list[_Run]] = {name: [] for name in starts}
    for number in range(rounds):
        for name in sorted(starts, reverse=not number % 2):

            def tell(what: str, at: str = f"run {number + 1} of {rounds}, {name}") -> None:
                say(f"{at}: {what}")

            found[name].append(await _one(Bench(backing, folder), starts[name], tell))
    return _measured(found["ours"], found["bare"])


async def _one(bench: Bench, start: Start, say: Say) -> _Run:
    say("starting the processes")
    async with (
        simulated_providers.served(bench.folder) as providers,
        start(bench, providers) as port,
    ):
        await _paced(providers, port, 10, _WARM_UP)
        took_ms = {}
        for per_second, seconds in _SECONDS.items():
            say(f"{per_second} webhooks/s")
            took_ms[per_second] = await _paced(providers, port, per_second, per_second * seconds)
        say("all at once")
        return _Run(took_ms, await _saturation(providers, port))


async def _paced(providers: Providers, port: int, per_second: float, count: int) -> list[float]:
    purchases = await providers.purchases(count)
    requests = webhooks.order_events(purchases, simulated_providers.PRICE)
    sent_at = await send_paced(port, requests, per_second)
    created_at = await providers.created_at(purchases, _PATIENCE_SECONDS)
    return [(end - begin) * 1000 for begin, end in zip(sent_at, created_at, strict=True)]


async def _saturation(providers: Providers, port: int) -> float:
    """Measures the middle of a burst, without its start and its end."""
    purchases = await providers.purchases(_BURST)
    await send_burst(port, webhooks.order_events(purchases, simulated_providers.PRICE))
    created_at = sorted(await providers.created_at(purchases, _PATIENCE_SECONDS))
    middle = created_at[_BURST // 10 : -_BURST // 10]
    return (len(middle) - 1) / (middle[-1] - middle[0])


def _measured(ours: Sequence[_Run], bare: Sequence[_Run]) -> Measurement:
    pairs = zip(ours, bare, strict=True)
    return Measurement(
        ours=statistics.median(one.judged for one in ours),
        baseline=statistics.median(one.judged for one in bare),
        ratio=statistics.median(mine.judged / floor.judged for mine, floor in pairs),
        unit=f"ms, p50 at {_JUDGED}/s",
        aim=AIM,
        notes=[
            *(f"{rate:2}/s: ours {_all(ours, rate)}; bare {_all(bare, rate)}" for rate in _SECONDS),
            f"saturation: ours {_saturated(ours):.0f}/s; bare {_saturated(bare):.0f}/s",
        ],
    )


def _all(runs: Sequence[_Run], rate: int) -> str:
    return p50_p99([took for one in runs for took in one.took_ms[rate]])


def _saturated(runs: Sequence[_Run]) -> float:
    return statistics.median(one.saturation for one in runs)
