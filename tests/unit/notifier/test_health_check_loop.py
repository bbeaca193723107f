"""The health-check loop hands over changes only, not the same result every second."""

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
from tests.unit.notifier.test_health import heartbeat


class FakeIntake:
    def __init__(self) -> None:
        self.results: list[RuleResult] = []
        self.unavailable = False

    async def handle_results(
        self,
        event_id: str,  # noqa: ARG002 - as the port names it
        results: Iterable[RuleResult],
        *,
        now: datetime,  # noqa: ARG002
        meta: Meta,  # noqa: ARG002
    ) -> None:
        if self.unavailable:
            raise StoreUnavailable
        self.results += results

    def raised(self) -> list[str]:
        return [one.cause for one in self.results if isinstance(one, Symptom)]


class Loop:
    def __init__(self) -> None:
        self.clock, self.intake = HandClock(START), FakeIntake()
        self.evaluator = HealthEvaluator(("ingest",), START)
        self.loop = HealthCheckLoop(self.evaluator, self.intake, clock=self.clock)

    async def seconds(self, number: int) -> None:
        for _ in range(number):
            self.clock.forward(1)
            try:
                await self.loop.check_once()
            except StoreUnavailable:
                continue

    def heartbeat(self) -> None:
        passed = (self.clock() - START).total_seconds()
        self.evaluator.record_heartbeat(heartbeat("ingest", passed), self.clock())


async def test_lasting_silence_is_handed_over_once_and_so_is_its_end() -> None:
    here = Loop()
    await here.seconds(60)
    assert here.intake.raised() == [IncidentCause.HEARTBEAT_MISSING]
    here.heartbeat()
    await here.seconds(10)
    ended = [one.cause for one in here.intake.results if not isinstance(one, Symptom)]
    assert ended.count(IncidentCause.HEARTBEAT_MISSING) == 1


async def test_each_new_silence_is_handed_over() -> None:
    here = Loop()
    for _ in range(3):
        here.heartbeat()
        await here.seconds(30)
    assert here.intake.raised() == [IncidentCause.HEARTBEAT_MISSING] * 3


async def test_a_result_that_the_store_refused_is_repeated() -> None:
    here = Loop()
    here.intake.unavailable = True
    await here.seconds(60)
    assert here.intake.results == []
    here.intake.unavailable = False
    await here.seconds(2)
    assert here.intake.raised() == [IncidentCause.HEARTBEAT_MISSING]
