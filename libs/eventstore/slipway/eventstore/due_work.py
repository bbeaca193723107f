"""Does due work: claims due streams with a lease, runs one step for each, and releases them.

The due time is stored in the stream's document, so a crash loses no work: another worker claims the
stream later. Services provide the step. They call `wake` after an append, so that the stream is
claimed without waiting for the next poll.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count

import structlog

from slipway.eventstore.store import EventStore, StoreUnavailable, VersionConflict
from slipway.eventstore.stream import Claim
from slipway.telemetry import logs

__all__ = ["Claim", "DueWork"]

_log = structlog.get_logger(__name__)

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
_SWEEP_EVERY_SECONDS = 60.0

_LASTING_FAILURES = 5
"""The number of failures in a row after which operators are notified."""
_FORGOTTEN_AFTER_SECONDS = 300.0

Step = Callable[[Claim], Awaitable[None]]


@dataclass(frozen=True)
class _Failures:
    """The failures of one stream's step since its last success. Times are monotonic."""

    count: int
    first_at: float
    last_at: float


class DueWork:
    """Runs `step` for each due stream of one category.

    A step must end within `lease_seconds`, because another worker may claim the stream afterwards.
    A step may run twice, so it decides on the stream's stored state. A step that raises an
    error is repeated without limit, after a longer wait each time.

    `owner` is the name of the process. It stays the same after a restart, and no other process has
    it.
    """

    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        store: EventStore,
        category: str,
        step: Step,
        *,
        owner: str,
        lease_seconds: float = 30.0,
        concurrency: int = 16,
        poll_seconds: float = 0.5,
    ) -> None:
        self._store = store
        self._category = category
        self._step = step
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        # Numbers stay unique after a restart, so that a late release can't end a newer lease.
        self._calls = count(time.monotonic_ns())
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._failures: dict[str, _Failures] = {}

    def wake(self) -> None:
        """Starts the next claim of due streams immediately, without waiting for the next poll.

        Call this after this process has made a stream due.
        """
        self._woken.set()

    @property
    def failing(self) -> int:
        """Returns the number of streams whose last step raised an unexpected error."""
        return len(self._failures)

    def lasting_failures(self) -> dict[str, float]:
        """Returns the seconds since the first failure of each step that fails again and again.

        A stream that another process has taken over is left out after some minutes.
        """
        now = time.monotonic()
        return {
            stream: now - each.first_at
            for stream, each in self._failures.items()
            if each.count >= _LASTING_FAILURES and now - each.last_at < _FORGOTTEN_AFTER_SECONDS
        }

    async def run(self) -> None:
        """Runs until it is cancelled, then waits for the running steps to end."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._claiming())
                group.create_task(self._sweeping())
        finally:
            if self._running:
                await asyncio.wait(self._running)

    async def _claiming(self) -> None:
        await self._release_earlier_leases()
        while True:
            self._woken.clear()
            if await self._claim_once() == 0:
                await self._pause()

    async def _release_earlier_leases(self) -> None:
        """Ends the leases that this process had when it was killed, so that work can continue."""
        try:
            await self._store.release_leases_of(self._category, self._owner)
        except StoreUnavailable:
            _log.warning("leases from before the restart must expire", category=self._category)

    async def _claim_once(self) -> int:
        """Claims as many due streams as may run now, starts their steps, and returns their number.

        If no more steps may run, it waits for one to end and returns 1.
        """
        room = self._concurrency - len(self._running)
        if room == 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        owner = f"{self._owner}#{next(self._calls)}"
        # Read before the lease begins: the deadline of a step's calls counts from here (H4).
        since = time.clock_gettime(time.CLOCK_BOOTTIME)
        try:
            claims = await self._store.claim(self._category, owner, self._lease_seconds, room)
        except StoreUnavailable as error:
            _log.warning("due work waits for the store", category=self._category, error=str(error))
            await asyncio.sleep(_FIRST_WAIT_SECONDS)
            return 0
        for claim in claims:
            task = asyncio.create_task(self._do(replace(claim, since=since)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claims)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _do(self, claim: Claim) -> None:
        with logs.about(claim.stream):
            await self._step_then_release(claim)

    async def _step_then_release(self, claim: Claim) -> None:
        try:
            await self._step(claim)
            self._failures.pop(claim.stream, None)
        except VersionConflict:
            # Another process has appended, so the stream's new due time decides when it continues.
            pass
        except StoreUnavailable as error:
            _log.warning("step waits for the store", stream=claim.stream, error=str(error))
        except Exception:  # noqa: BLE001 - whatever it was, the stream falls due again
            await self._postpone(claim)
        if not claim.lease.ended:
            await self._release(claim)

    async def _postpone(self, claim: Claim) -> None:
        now = time.monotonic()
        before = self._failures.get(claim.stream, _Failures(0, now, now))
        failures = _Failures(before.count + 1, before.first_at, now)
        self._failures[claim.stream] = failures
        wait = min(_FIRST_WAIT_SECONDS * 2.0 ** min(failures.count - 1, 30), _LONGEST_WAIT_SECONDS)
        _log.exception("step failed", stream=claim.stream, again_in_seconds=wait)
        try:
            await self._store.postpone(claim, wait)
        except StoreUnavailable:
            _log.warning("could not postpone", stream=claim.stream)

    async def _release(self, claim: Claim) -> None:
        try:
            await self._store.release(claim)
        except StoreUnavailable:
            # The lease ends automatically after `lease_seconds`.
            _log.warning("could not release", stream=claim.stream)
            return
        # A step may have made another stream due, so claim again immediately.
        self.wake()

    async def _sweeping(self) -> None:
        while True:
            try:
                for stream in await self._store.sweep(self._category):
                    _log.error("open without a due time: made due", stream=stream)
            except StoreUnavailable:
                _log.warning("sweep waits for the store", category=self._category)
            await asyncio.sleep(_SWEEP_EVERY_SECONDS)
