"""What the API and the portal need from the rooms below: answers, figures, accounts, a way out.

`wiring` plugs in MongoDB and Kafka; the signatures say what they return and raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

from slipway.contracts.commands import Command
from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.window import Window

View = dict[str, Any]


class Role(IntEnum):
    """Each may do what the ones below may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @classmethod
    def named(cls, name: str) -> "Role":
        """Raises KeyError."""
        return cls[name.upper()]


@dataclass(frozen=True)
class Person:
    """Who asks: a user signed in, or an API key."""

    name: str
    """Mail address, or `key:<name>`."""
    role: Role
    csrf: str | None = None
    """Only for a session in a browser."""

    @property
    def actor(self) -> str:
        return f"user:{self.name}"


@dataclass(frozen=True)
class By:
    """Who lets somebody in or out, and why: kept for ever."""

    actor: str
    reason: str = "no reason given"


class NotSent(Exception):
    """Kafka didn't take the command in time; the same one may be sent again."""


class Outbox(Protocol):
    async def send(self, commands: Sequence[Command]) -> None:
        """Durable in Kafka when it returns. Raises NotSent."""

    async def vote(self, admin: str, score: int, comment: str) -> None:
        """Stored when it returns."""


class Figures(Protocol):
    async def evidence(self, asked: Window) -> Evidence: ...

    async def trend(self, asked: Window) -> list[Evidence]: ...


@dataclass(frozen=True)
class Behind:
    """What a figure is made of, newest first."""

    of: str
    """`tasks`, `deliveries`, `interventions`, `probes` or `votes`."""
    against: list[View]
    """What lowers it."""
    others: list[View]


class Questions(Protocol):
    """Lists are newest first; `limit` and `skip` page them."""

    async def behind(self, kpi: str, asked: Window, limit: int = 100) -> Behind: ...

    async def fleet(
        self, search: str = "", status: str = "", skip: int = 0, limit: int = 50
    ) -> list[View]: ...

    async def fleet_by_status(self) -> dict[str, int]: ...

    async def one(self, collection: str, id_: str) -> View | None: ...

    async def timeline(
        self, about: Sequence[str], limit: int = 200, skip: int = 0
    ) -> list[View]: ...

    async def tasks_of(self, vps_id: str) -> list[View]: ...

    async def needing_a_person(self, limit: int = 200) -> list[View]: ...

    async def referred(self, limit: int = 100) -> list[View]: ...

    async def incidents(self, state: str, limit: int = 100) -> list[View]: ...

    async def affected(self, incident: View, limit: int = 500) -> list[View]: ...

    async def deliveries(
        self, search: str = "", state: str = "", skip: int = 0, limit: int = 100
    ) -> list[View]: ...

    async def dead_letters(self, *, closed: bool, limit: int = 100) -> list[View]: ...

    async def locations(self) -> list[View]: ...

    async def would_do(self, location_id: str, limit: int = 200) -> list[View]: ...

    async def brake(self) -> View | None: ...

    async def guards_on(self) -> list[View]: ...

    async def decisions(self, vps_id: str | None = None, limit: int = 50) -> list[View]: ...

    async def instances(self, since: datetime) -> list[View]: ...

    async def newest_event_at(self) -> datetime | None: ...

    async def marks(self) -> tuple[Any, ...]: ...


class Accounts(Protocol):
    """Users, sessions, invitations and API keys; secrets are kept as digests only."""

    async def invite(self, mail: str, role: Role, by: By) -> str:
        """A one-time token, good for a day. For a user who is there already: a new password."""

    async def accept(self, token: str, password: str) -> str | None:
        """The mail whose password is now set; None when the token is used, old or unknown."""

    async def sign_in(self, mail: str, password: str) -> str | None:
        """A session token, or None. Raises TooManyTries."""

    async def sign_out(self, token: str) -> None: ...

    async def by_session(self, token: str) -> Person | None: ...

    async def by_key(self, key: str) -> Person | None: ...

    async def make_key(self, name: str, role: Role, by: By) -> str:
        """The key itself, shown this once."""

    async def keys(self) -> list[View]: ...

    async def revoke_key(self, name: str, by: By) -> bool:
        """Whether there was one."""

    async def users(self) -> list[View]: ...

    async def remove_user(self, mail: str, by: By) -> bool:
        """Out at once, with every session and open invitation. Whether there was one."""

    async def accesses(self, limit: int = 50) -> list[View]:
        """Who was let in or out, by whom and why, newest first."""

    async def should_ask(self, person: Person) -> bool:
        """Whether it is time for a satisfaction vote; noted as asked when it is."""

    async def answered(self, person: Person, *, later: bool) -> None: ...


class TooManyTries(Exception):
    """Too many wrong passwords for this address: wait a quarter of an hour."""
