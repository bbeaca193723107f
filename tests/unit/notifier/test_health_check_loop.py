"""Only what changed is handed on: a service that stays silent is one symptom, not one a second."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.incidents import IncidentCause
from slipway.eventstore.store import StoreUnavailable
from slipway.notifier.incidents.rules.result import RuleResult, Symptom
from slipway.notifier.monitoring.health import HealthEvaluator
from slipway.notifier.monitoring.loop import HealthCheckLoop

from tests.support.builders.expectation_commands import START
from tests.support.fakes.clock import HandClock
from tests.unit.notifier.test_health import beat


class Desk:
    def __init__(self) -> None:
        self.taken: list[RuleResult] = []
        self.away = False

    async def handle_results(
        self,
        event_id: str,  # noqa: ARG002 - as the port says
        results: Iterable[RuleResult],
        *,
        now: datetime,  # noqa: ARG002
        meta: Meta,  # noqa: ARG002
    ) -> None:
        if self.away:
            raise StoreUnavailable
        self.taken += results

    def raised(self) -> list[str]:
        return [one.cause for one in self.taken if isinstance(one, Symptom)]


class Watching:
    def __init__(self) -> None:
        self.clock, self.desk = HandClock(START), Desk()
        self.signs = HealthEvaluator(("ingest",), START)
        self.loop = HealthCheckLoop(self.signs, self.desk, clock=self.clock)

    async def seconds(self, number: int) -> None:
        for _ in range(number):
            self.clock.forward(1)
            try:
                await self.loop.check_once()
            except StoreUnavailable:
                continue

    def beat(self) -> None:
        passed = (self.clock() - START).total_seconds()
        self.signs.record_heartbeat(beat("ingest", passed), self.clock())


async def test_a_lasting_silence_is_said_once_and_so_is_its_end() -> None:
    here = Watching()
    await here.seconds(60)
    assert here.desk.raised() == [IncidentCause.HEARTBEAT_MISSING]
    here.beat()
    await here.seconds(10)
    ended = [one.cause for one in here.desk.taken if not isinstance(one, Symptom)]
    assert ended.count(IncidentCause.HEARTBEAT_MISSING) == 1


async def test_each_new_silence_is_said_anew() -> None:
    here = Watching()
    for _ in range(3):
        here.beat()
        await here.seconds(30)
    assert here.desk.raised() == [IncidentCause.HEARTBEAT_MISSING] * 3


async def test_what_the_store_could_not_take_is_said_when_it_is_back() -> None:
    here = Watching()
    here.desk.away = True
    await here.seconds(60)
    assert here.desk.taken == []
    here.desk.away = False
    await here.seconds(2)
    assert here.desk.raised() == [IncidentCause.HEARTBEAT_MISSING]
