"""Portal probe: loads the portal's dashboard with an API key, once for each time slot.

Several probers may run. Only the first append to a slot's stream counts, so each slot has one
result. A prober may run on another machine (`python -m slipway.notifier prober`). Read next: the
uptime KPI in reporting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog

from slipway.contracts.envelope import Event, Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import ProbeAnswered, ProbeFailure
from slipway.eventstore.decider import Decider
from slipway.eventstore.store import EventStore, NewStream, StoreUnavailable

_log = structlog.get_logger(__name__)

_UP_WITHIN_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0


def _no_command(_command: None, _state: None) -> list[Event]:
    return []


PROBE: Decider[None, None] = Decider(
    category="probe",
    initial=None,
    decide=_no_command,
    evolve=lambda _state, _event: None,
    state_type=type(None),
)
"""Decider of a slot's stream, which has one event: the result of the probe."""


class PortalProber:
    def __init__(
        self,
        store: EventStore,
        client: httpx.AsyncClient,
        *,
        slot_seconds: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._client = client
        self._slot_seconds = slot_seconds
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            now = self._clock()
            await self._sleep(self._slot_seconds - now.timestamp() % self._slot_seconds)
            try:
                await self.probe()
            except StoreUnavailable:
                _log.warning("probe not recorded")

    async def probe(self) -> None:
        """Loads the dashboard once and stores the result for the current time slot."""
        now = self._clock()
        slot = datetime.fromtimestamp(
            now.timestamp() // self._slot_seconds * self._slot_seconds, tz=UTC
        )
        measured = await self._measure()
        result = ProbeAnswered(
            slot=slot,
            slot_seconds=self._slot_seconds,
            up=measured.failure is None,
            latency_ms=measured.latency_ms,
            failure=measured.failure,
            problem=measured.problem,
        )
        stream = stream_of(PROBE.category, slot.isoformat())
        meta = Meta(correlation_id=stream)
        await self._store.create_streams(PROBE, [NewStream(stream, [result], now, meta)])

    async def _measure(self) -> "_Measured":
        began = time.monotonic()
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await self._client.get("/dashboard")
        except TimeoutError:
            return _no_answer(f"No answer within {_TIMEOUT_SECONDS:.0f} s.")
        except httpx.HTTPError as error:
            return _no_answer(f"No answer ({type(error).__name__}).")
        took = time.monotonic() - began
        if answer.status_code != 200:
            problem = f"It answered {answer.status_code}."
            return _Measured(took * 1000, ProbeFailure.ERROR, problem)
        if took > _UP_WITHIN_SECONDS:
            problem = f"It answered after {took:.1f} s. Up to {_UP_WITHIN_SECONDS:.0f} s is normal."
            return _Measured(took * 1000, ProbeFailure.SLOW, problem)
        return _Measured(took * 1000)


@dataclass(frozen=True)
class _Measured:
    latency_ms: float | None
    """None if the portal did not answer."""
    failure: ProbeFailure | None = None
    problem: str | None = None


def _no_answer(problem: str) -> _Measured:
    return _Measured(None, ProbeFailure.NO_ANSWER, problem)
