"""Lists all projections, and finds the projections that handle an event class."""

from functools import lru_cache

from slipway.contracts.envelope import Message
from slipway.reporting.projections.projection import Projection
from slipway.reporting.projections.tasks import interventions
from slipway.reporting.projections.tasks import projection as tasks
from slipway.reporting.projections.views import (
    commands,
    dead_letters,
    deliveries,
    incidents,
    instances,
    locations,
    probes,
    receipts,
    safeguards,
    satisfaction,
    servers,
    timeline,
)


class Projections:
    def __init__(self, task_deadline_seconds: float) -> None:
        self.tasks = tasks.projection(task_deadline_seconds)
        self.all: tuple[Projection, ...] = (
            self.tasks,
            timeline.PROJECTION,
            servers.PROJECTION,
            deliveries.PROJECTION,
            incidents.PROJECTION,
            dead_letters.PROJECTION,
            locations.PROJECTION,
            safeguards.PROJECTION,
            commands.PROJECTION,
            probes.PROJECTION,
            instances.PROJECTION,
            interventions.PROJECTION,
            receipts.PROJECTION,
            satisfaction.PROJECTION,
        )
        self.concerning = lru_cache(maxsize=None)(self._concerning)

    def _concerning(self, event: type[Message]) -> tuple[Projection, ...]:
        return tuple(each for each in self.all if issubclass(event, each.handles))
