"""A task that fails is restarted with back-off, and shown until it runs again; others go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY
from slipway.runtime.supervisor import Pace, Supervisor
from structlog.testing import capture_logs

from tests.support.dsl.waiting import eventually

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = Pace(first_wait_seconds=0.01, longest_wait_seconds=0.04, healthy_after_seconds=0.05)
SLOW_TO_HEAL = Pace(first_wait_seconds=0.01, longest_wait_seconds=0.02, healthy_after_seconds=60)


class CannotContinue(Exception):
    pass


def supervisor(pace: Pace = QUICK) -> Supervisor:
    return Supervisor("tests", lambda: NOW, fatal=(CannotContinue,), pace=pace)


class Flaky:
    """Raises the given number of times, then runs until it is cancelled."""

    def __init__(self, failures: int, error: Exception | None = None) -> None:
        self.left = failures
        self.starts = 0
        self.error = error or ValueError("secret")

    async def run(self) -> None:
        self.starts += 1
        if self.left:
            self.left -= 1
            raise self.error
        await asyncio.Event().wait()


@asynccontextmanager
async def supervised(
    supervisor: Supervisor, **tasks: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    running = [asyncio.create_task(supervisor.supervise(*task)) for task in tasks.items()]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_task_that_fails_is_restarted_and_the_others_go_on() -> None:
    watching, flaky, steady = supervisor(), Flaky(2), Flaky(0)
    async with supervised(watching, flaky=flaky.run, steady=steady.run):
        await eventually(lambda: _true(flaky.starts == 3))
    assert steady.starts == 1
    assert watching.failures == 2


async def test_a_failing_task_is_shown_with_class_and_place_and_without_the_errors_text() -> None:
    watching, flaky = supervisor(SLOW_TO_HEAL), Flaky(2)
    async with supervised(watching, flaky=flaky.run):
        await eventually(lambda: _true(flaky.starts == 3))
    [(name, failing)] = watching.failing.items()
    assert (name, failing.since, failing.failures) == ("flaky", NOW, 2)
    assert failing.problem.startswith("ValueError at tests.unit.runtime.test_supervisor:")
    assert "secret" not in failing.problem


async def test_a_task_that_has_run_for_a_while_is_healthy_again() -> None:
    watching, flaky = supervisor(), Flaky(1)
    async with supervised(watching, flaky=flaky.run):
        await eventually(lambda: _true(watching.failures == 1))
        await eventually(lambda: _true("flaky" not in watching.failing))


async def test_a_failure_is_logged_once_with_its_cause_and_counted() -> None:
    before = _counted("logged")
    with capture_logs() as logs:
        async with supervised(supervisor(), logged=(flaky := Flaky(1)).run):
            await eventually(lambda: _true(flaky.starts == 2))
    [line] = [one for one in logs if one["event"] == "task failed"]
    assert line["task"] == "logged"
    assert line["error"].startswith("ValueError at tests.unit.runtime.test_supervisor:")
    assert "secret" not in str(logs)
    assert _counted("logged") == before + 1


async def test_each_restart_waits_twice_as_long_up_to_a_limit() -> None:
    with capture_logs() as logs:
        async with supervised(supervisor(SLOW_TO_HEAL), flaky=(flaky := Flaky(3)).run):
            await eventually(lambda: _true(flaky.starts == 4))
    waits = [one["restart_in_seconds"] for one in logs if one["event"] == "task failed"]
    assert waits == [0.01, 0.02, 0.02]


async def test_a_task_that_returns_is_restarted_too() -> None:
    watching, starts = supervisor(), []

    async def ends() -> None:
        starts.append(1)

    async with supervised(watching, ends=ends):
        await eventually(lambda: _true(len(starts) > 1))
    assert watching.failures > 0


async def test_a_fatal_error_is_raised_for_the_process_to_end() -> None:
    task = Flaky(1, CannotContinue("settings"))
    with pytest.raises(CannotContinue):
        await supervisor().supervise("fatal", task.run)
    assert task.starts == 1


async def _true(value: bool) -> bool:  # noqa: FBT001 - `eventually` awaits it
    return value


def _counted(task: str) -> float:
    labels = {"service": "tests", "task": task}
    return REGISTRY.get_sample_value("slipway_task_failures_total", labels) or 0.0
