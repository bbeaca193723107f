"""Restarts each background task that fails, with back-off, while the other tasks continue.

Each failure is logged and counted. `/health` and heartbeats show the task as failing until it has
run for some time without a failure. `host` supervises all background tasks of a service.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from slipway.telemetry import metrics
from slipway.telemetry.logs import error_location, error_path

_log = structlog.get_logger(__name__)

Run = Callable[[], Awaitable[None]]


class TaskEnded(Exception):
    """Raised if a background task returned although it should run until it is cancelled."""


@dataclass(frozen=True)
class Pace:
    first_wait_seconds: float = 1.0
    """The wait before the first restart. It doubles with each further failure."""
    longest_wait_seconds: float = 60.0
    healthy_after_seconds: float = 30.0
    """The time without a failure after which a task counts as healthy again."""


@dataclass(frozen=True)
class Failing:
    since: datetime
    problem: str
    """The class and code location of the latest error. Its text is omitted: it may be secret."""
    failures: int


class Supervisor:
    """Restarts failed background tasks.

    An error of a class in `fatal` is raised and ends the process, because no restart helps.
    """

    def __init__(
        self,
        service: str,
        clock: Callable[[], datetime],
        *,
        fatal: tuple[type[Exception], ...] = (),
        pace: Pace = Pace(),
    ) -> None:
        self._service = service
        self._clock = clock
        self._fatal = fatal
        self._pace = pace
        self._failing: dict[str, Failing] = {}
        self.failures = 0
        """The number of failures of all tasks since the process started."""

    @property
    def failing(self) -> dict[str, Failing]:
        return dict(self._failing)

    async def supervise(self, name: str, run: Run) -> None:
        """Runs the background task until it is cancelled.

        Raises an error of a class in `fatal`. Restarts the task after any other error.
        """
        loop = asyncio.get_running_loop()
        while True:
            healthy = loop.call_later(
                self._pace.healthy_after_seconds, self._failing.pop, name, None
            )
            try:
                await _run_forever(name, run)
            except self._fatal:
                raise
            except Exception as error:  # noqa: BLE001 - other tasks must continue after any error
                healthy.cancel()
                await asyncio.sleep(self._note_failure(name, error))
            finally:
                healthy.cancel()

    def _note_failure(self, name: str, error: Exception) -> float:
        """Records the failure. Returns the number of seconds to wait before the restart."""
        before = self._failing.get(name)
        failures = 1 if before is None else before.failures + 1
        since = self._clock() if before is None else before.since
        self._failing[name] = Failing(since, error_location(error), failures)
        self.failures += 1
        metrics.TASK_FAILURES.labels(self._service, name).inc()
        wait: float = min(
            self._pace.first_wait_seconds * 2.0 ** (failures - 1), self._pace.longest_wait_seconds
        )
        _log.error(
            "task failed",
            task=name,
            error=error_location(error),
            path=error_path(error),
            restart_in_seconds=wait,
        )
        return wait


async def _run_forever(name: str, run: Run) -> None:
    await run()
    raise TaskEnded(name)
