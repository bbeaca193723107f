"""All projections, and which of them an event concerns."""

from functools import lru_cache

from slipway.contracts.envelope import Message
from slipway.reporting.projections import (
    dead_letters,
    decisions,
    deliveries,
    fleet,
    guards,
    incidents,
    instances,
    interventions,
    locations,
    probes,
    receipts,
    satisfaction,
    tasks,
    timeline,
)
from slipway.reporting.projections.projection import Projection


class Projections:
    """The list, indexed by event class."""

    def __init__(self, decided_seconds: float) -> None:
        self.tasks = tasks.projection(decided_seconds)
        self.all: tuple[Projection, ...] = (
            self.tasks,
            timeline.PROJECTION,
            fleet.PROJECTION,
            deliveries.PROJECTION,
            incidents.PROJECTION,
            dead_letters.PROJECTION,
            locations.PROJECTION,
            guards.PROJECTION,
            decisions.PROJECTION,
            probes.PROJECTION,
            instances.PROJECTION,
            interventions.PROJECTION,
            receipts.PROJECTION,
            satisfaction.PROJECTION,
        )
        self.concerning = lru_cache(maxsize=None)(self._concerning)

    def _concerning(self, event: type[Message]) -> tuple[Projection, ...]:
        return tuple(each for each in self.all if issubclass(event, each.handles))
