"""Collects the state of a process for its heartbeats."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from slipway.eventstore.due_work import DueWork
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import EventStore, StoreUnavailable
from slipway.runtime.database_clock import DatabaseClock
from slipway.runtime.supervisor import Supervisor
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, HeartbeatSample

_MAX_FAILING_STEPS = 50


class SelfReport:
    def __init__(
        self,
        store: EventStore,
        relay: Relay,
        supervisor: Supervisor,
        due_work: Mapping[str, DueWork],
        clock: DatabaseClock,
    ) -> None:
        self._store = store
        self._relay = relay
        self._supervisor = supervisor
        self._due_work = due_work
        self._clock = clock

    async def sample(self, lag: int | None, counters: Mapping[str, int]) -> HeartbeatSample:
        """Returns the sample for a heartbeat.

        While the store is unavailable, the sample lacks the values that only the store knows.
        """
        failing = self._supervisor.failing
        # Counters need no store, so refused webhooks are visible in an outage of the store (H20).
        found: HeartbeatSample = {
            "counters": {**counters, "task_failures": self._supervisor.failures},
            "failing_tasks": {name: each.since for name, each in failing.items()},
            "failing_steps": self._failing_steps(),
            "lag": lag,
            "clock_skew_seconds": self._clock.skew_seconds,
        }
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(SAMPLE_SECONDS / 2):
                found["oldest_unpublished_seconds"] = await self._relay.oldest_unpublished()
                found["oldest_due_seconds"] = await self._oldest_due_seconds()
        return found

    def _failing_steps(self) -> dict[str, datetime]:
        """Returns the streams whose due work fails again and again, the oldest failures first."""
        lasting = {
            stream: seconds
            for each in self._due_work.values()
            for stream, seconds in each.lasting_failures().items()
        }
        now = self._clock()
        oldest = sorted(lasting, key=lambda stream: -lasting[stream])[:_MAX_FAILING_STEPS]
        return {stream: now - timedelta(seconds=lasting[stream]) for stream in oldest}

    async def _oldest_due_seconds(self) -> float | None:
        """Returns how long the oldest due work is overdue, or 0 if no work is overdue.

        Returns None if the service never has due work.
        """
        if not self._due_work:
            return None
        now = self._clock()
        due = [await self._store.oldest_due(category) for category in self._due_work]
        return max((max((now - at).total_seconds(), 0.0) for at in due if at), default=0.0)
