"""The ports that the API and the portal use: commands, metrics and queries.

`wiring` connects them to Kafka and MongoDB.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from slipway.contracts.commands import Command
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.window import Window

View = dict[str, Any]
"""One document of a read model."""


class NotSent(Exception):
    """Raised if Kafka or MongoDB did not accept the command in time.

    The caller may send the command again.
    """


class CommandPublisher(Protocol):
    async def send(self, commands: Sequence[Command]) -> None:
        """Sends the commands. Returns when Kafka has stored them. Raises NotSent."""

    async def vote(self, admin: str, score: int, comment: str) -> None:
        """Stores an admin's satisfaction vote, a score from 1 to 5 with a comment.

        Raises NotSent if it could not be stored in time.
        """


class Metrics(Protocol):
    async def inputs(self, window: Window) -> KpiInputs: ...

    async def trend(self, window: Window) -> list[KpiInputs]:
        """Returns the KPI inputs of each minute, hour or day of the window, oldest first."""


@dataclass(frozen=True)
class DrillDown:
    """The cases that a KPI counts, newest first."""

    source: str
    """The collection: `tasks`, `deliveries`, `interventions`, `probes` or `votes`."""
    against: list[View]
    """The cases that make the KPI worse."""
    others: list[View]


class Queries(Protocol):
    """Queries the read models.

    Lists are newest first, and `limit` and `skip` select a page of a list.
    """

    async def drill_down(self, kpi: str, window: Window, limit: int = 100) -> DrillDown: ...

    async def servers(
        self, search: str = "", status: str = "", skip: int = 0, limit: int = 50
    ) -> list[View]: ...

    async def count_servers_by_status(self) -> dict[str, int]: ...

    async def find_by_id(self, collection: str, id_: str) -> View | None: ...

    async def timeline(
        self, about: Sequence[str], limit: int = 200, skip: int = 0
    ) -> list[View]: ...

    async def tasks_of(self, vps_id: str) -> list[View]: ...

    async def servers_needing_attention(self, limit: int = 200) -> list[View]: ...

    async def subscriptions_needing_attention(self, limit: int = 100) -> list[View]: ...

    async def active_safeguards(self) -> list[View]: ...

    async def brake(self) -> View | None: ...

    async def incidents(self, state: str, limit: int = 100) -> list[View]: ...

    async def affected_servers(self, incident: View, limit: int = 500) -> list[View]: ...

    async def deliveries(
        self, search: str = "", state: str = "", skip: int = 0, limit: int = 100
    ) -> list[View]: ...

    async def dead_letters(self, *, closed: bool, limit: int = 100) -> list[View]: ...

    async def locations(self) -> list[View]: ...

    async def servers_to_change(self, location_id: str, limit: int = 200) -> list[View]: ...

    async def commands(self, vps_id: str | None = None, limit: int = 50) -> list[View]: ...

    async def instances(self, since: datetime) -> list[View]: ...

    async def newest_event_at(self) -> datetime | None: ...

    async def revision(self) -> tuple[Any, ...]:
        """Returns a value that changes with each batch of events written to the read models."""
