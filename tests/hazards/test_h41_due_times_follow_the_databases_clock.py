"""H41: a process whose clock is wrong writes no due time into the database's future or past."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.contracts.subscriptions import Verdict
from slipway.eventstore.command_handling import handle
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator
from slipway.provisioner.specs import parse
from slipway.runtime.database_clock import DatabaseClock
from slipway.runtime.host import Host
from slipway.runtime.mongo import database_time
from slipway.runtime.process import Process
from slipway.runtime.sources import utcnow

from tests.support.builders.sample_decider import DECIDER, META, Say
from tests.support.dsl.provisioner import ACCOUNT_ID, SPECS, Provisioner, provisioner
from tests.support.fakes.clock import HandClock

SKEWS = [30.0, 300.0, 86_400.0, -300.0]


class ProcessClock(DatabaseClock):
    """The clock of a process whose local clock is wrong. `forward` moves both clocks."""

    def __init__(self, database: HandClock, skew_seconds: float) -> None:
        skew = timedelta(seconds=skew_seconds)
        super().__init__(lambda: database() + skew, lambda: database().timestamp())
        self.database = database

    def forward(self, seconds: float) -> None:
        self.database.forward(seconds)

    async def database_time(self) -> datetime:
        return self.database()


async def _runs_with(here: Provisioner, skew_seconds: float) -> None:
    """The provisioner starts again on a machine whose clock is wrong."""
    clock = ProcessClock(here.clock, skew_seconds)
    await clock.follow(clock.database_time)
    assert clock.skew_seconds == pytest.approx(skew_seconds)
    here.clock = clock  # type: ignore[assignment]  # it is called and moved like a HandClock
    here.start(parse(SPECS), {ACCOUNT_ID: here.driver})


@pytest.mark.parametrize("skew", SKEWS)
async def test_h41_every_operation_goes_out_in_time_whatever_the_local_clock_says(
    skew: float,
) -> None:
    with provisioner() as here:
        await _runs_with(here, skew)
        here.ghl_answers = True
        await here.switch_to_act()
        await here.pays()
        await here.work(15)
        assert (await here.names())[-1] == "VpsReady"
        await here.entitle(Verdict.SUSPENDED)
        await here.work(15)
        assert (await here.names())[-1] == "VpsSuspended"
        await here.cancels(delete_at=here.now + timedelta(seconds=60))
        await here.work(50)
        assert here.servers_alive == 1
        await here.work(25)
        assert here.servers_alive == 0
        assert (await here.names())[-1] == "VpsDeleted"


def _process(mongodb_url: str) -> Process:
    return Process("test", "test-1", "127.0.0.1:1", mongodb_url, "h41", "127.0.0.1", 0)


@pytest.fixture
async def host(mongodb_url: str) -> AsyncIterator[Host]:
    host = Host(_process(mongodb_url))
    yield host
    await host.database.client.drop_database(host.database.name)
    await host.close()


@pytest.mark.parametrize("skew", [300.0, -300.0])
async def test_h41_on_mongodb_due_work_is_claimed_when_it_falls_due(
    host: Host, skew: float
) -> None:
    clock = DatabaseClock(lambda: utcnow() + timedelta(seconds=skew))
    await clock.follow(lambda: database_time(host.database))
    assert clock.skew_seconds == pytest.approx(skew, abs=1.0)
    due_at = clock() + timedelta(seconds=2)
    await handle(host.store, DECIDER, "feedback-ada", Say(1, due_at), now=clock(), meta=META)
    assert await host.store.claim("feedback", "early", 30, 1) == []
    await asyncio.sleep(2.2)
    assert [one.stream for one in await host.store.claim("feedback", "late", 30, 1)] == [
        "feedback-ada"
    ]


async def test_h41_a_local_clock_that_jumps_moves_no_time() -> None:
    local, elapsed = HandClock(), [0.0]
    database = local.now
    clock = DatabaseClock(local, lambda: elapsed[0])

    async def ask() -> datetime:
        return database + timedelta(seconds=elapsed[0])

    await clock.follow(ask)
    local.forward(3600)
    elapsed[0] += 5
    assert clock() == database + timedelta(seconds=5)
    await clock.follow(ask)
    assert clock.skew_seconds == pytest.approx(3595)


async def test_h41_a_slow_answer_moves_no_time() -> None:
    elapsed = [0.0]
    local = HandClock()
    clock = DatabaseClock(local, lambda: elapsed[0])

    async def ask() -> datetime:
        return local.now

    async def ask_slowly() -> datetime:
        elapsed[0] += 20
        return local.now

    await clock.follow(ask)
    await clock.follow(ask_slowly)
    assert clock() == local.now + timedelta(seconds=20)


async def test_h41_without_the_database_the_local_clock_counts() -> None:
    local = HandClock()
    clock = DatabaseClock(local)
    assert (clock(), clock.skew_seconds) == (local.now, None)


def test_h41_a_wrong_clock_is_an_incident_until_it_is_right() -> None:
    start = HandClock().now
    health = HealthEvaluator(("ingest",), start)

    def found(skew: float | None) -> list[Symptom | Recovery]:
        beat = Heartbeat(
            service="ingest",
            instance="ingest-1",
            at=start,
            started_at=start,
            clock_skew_seconds=skew,
        )
        health.record_heartbeat(beat, start)
        results = health.evaluate(start + timedelta(seconds=1))
        return [one for one in results if one.cause is IncidentCause.CLOCK_SKEW]

    [wrong] = found(-30.0)
    assert isinstance(wrong, Symptom)
    assert wrong.severity is Severity.TODAY
    assert "30.0 s behind" in wrong.explanation
    for skew in (0.9, None):
        [right] = found(skew)
        assert isinstance(right, Recovery)
        assert (right.cause, right.subject) == wrong.key
