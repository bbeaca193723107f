"""Consumes heartbeats and probe results for the health evaluator.

Every notifier process consumes all heartbeats, so that all processes come to the same result. For
this, `wiring` assigns each process its own consumer group.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import ProbeAnswered
from slipway.notifier.monitoring.health import HealthEvaluator


class HeartbeatConsumer:
    def __init__(self, evaluator: HealthEvaluator, clock: Callable[[], datetime]) -> None:
        self._evaluator = evaluator
        self._clock = clock

    async def handle(self, recorded: Recorded) -> None:
        match recorded.event:
            case Heartbeat() as heartbeat:
                self._evaluator.record_heartbeat(heartbeat, self._clock())
            case ProbeAnswered() as probe:
                self._evaluator.record_probe(probe)
            case _:
                pass
