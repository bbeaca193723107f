"""All projections, and which of them an event concerns."""

from functools import lru_cache

from slipway.contracts.envelope import Message
from slipway.reporting.projections.projection import Projection
from slipway.reporting.projections.tasks import interventions
from slipway.reporting.projections.tasks import projection as tasks
from slipway.reporting.projections.views import (
    commands as decisions,
)
from slipway.reporting.projections.views import (
    dead_letters,
    deliveries,
    incidents,
    instances,
    locations,
    probes,
    receipts,
    satisfaction,
    timeline,
)
from slipway.reporting.projections.views import (
    safeguards as guards,
)
from slipway.reporting.projections.views import (
    servers as fleet,
)


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
