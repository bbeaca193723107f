"""Hears heartbeats and probes: each process for itself, so that several judge alike.

Kept in memory alone (`vital_signs`); `wiring` gives every instance a consumer group of its own.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import ProbeAnswered
from slipway.notifier.monitoring.health import VitalSigns


class Ears:
    def __init__(self, vital_signs: VitalSigns, clock: Callable[[], datetime]) -> None:
        self._vital_signs = vital_signs
        self._clock = clock

    async def handle(self, recorded: Recorded) -> None:
        """Only the newest of each process counts; one that comes again says nothing new."""
        match recorded.event:
            case Heartbeat() as beat:
                self._vital_signs.heard(beat, self._clock())
            case ProbeAnswered() as probe:
                self._vital_signs.probed(probe)
            case _:
                pass
