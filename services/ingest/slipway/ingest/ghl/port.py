"""What ingest needs from outside: GHL's API, old raw bodies; and how they say no.

Errors are named by what the caller must do. Wiring gives the real ones, tests their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from slipway.contracts.deliveries import RawRef

Record = Mapping[str, Any]
"""One of GHL's JSON objects, unread."""


class ApiProblem(StrEnum):
    UNREACHABLE = "api-unreachable"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a problem, not a secret
    RATE_LIMITED = "rate-limited"


class TryLater(Exception):
    """GHL can't answer now. Due work waits; nothing is quarantined for that (H12)."""

    def __init__(self, problem: ApiProblem, after_seconds: float) -> None:
        super().__init__(f"{problem}; again in {after_seconds:.0f} s")
        self.problem = problem
        self.after_seconds = after_seconds


class Refused(Exception):
    """GHL understood and said no: asking again would not help."""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Record]
    total: int | None
    """`totalCount`, where it is a number."""


class Ghl(Protocol):
    """Every call raises TryLater or Refused, nothing else."""

    async def subscription(self, location: str, id_: str) -> Record | None:
        """None: GHL shows no such record now, which proves nothing."""

    async def order(self, location: str, id_: str) -> Record | None: ...

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        """The rows of all subscriptions of an order or a contact: a set to read by id (H7)."""

    async def page(self, location: str, offset: int, limit: int) -> Page:
        """A page of the location's subscriptions; leaves room in the budget for who waits."""

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        """Contact field key (`vps_ip`) to field id."""

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        """Set custom fields, by field id."""


class RawBodies(Protocol):
    async def body(self, ref: RawRef) -> bytes | None:
        """A delivery's bytes as stored; None where Kafka no longer keeps them."""
