"""The port to GHL's API: calls, results, and errors named by what the caller must do.

`client` implements it, and tests use a fake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Record = Mapping[str, Any]
"""One JSON object of GHL, not interpreted yet."""


class ApiProblem(StrEnum):
    UNREACHABLE = "api-unreachable"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a problem, not a secret
    RATE_LIMITED = "rate-limited"


class TryLater(Exception):
    """GHL can't answer now. Due work waits for it, and nothing is quarantined (H12)."""

    def __init__(self, problem: ApiProblem, after_seconds: float) -> None:
        super().__init__(f"{problem}; again in {after_seconds:.0f} s")
        self.problem = problem
        self.after_seconds = after_seconds


class Refused(Exception):
    """GHL understood the request and refused it: a retry would not help."""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Record]
    total: int | None
    """GHL's `totalCount`; None if it is not a number."""


class GhlApi(Protocol):
    """Every call raises TryLater or Refused, and nothing else."""

    async def subscription(self, location: str, id_: str) -> Record | None:
        """Returns None if GHL shows no such record now, which proves nothing."""

    async def order(self, location: str, id_: str) -> Record | None: ...

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        """Returns the rows of all subscriptions of an order or a contact.

        The caller reads each row by its id, because a search proves no identity (H7).
        """

    async def page(self, location: str, offset: int, limit: int) -> Page:
        """Returns a page of the location's subscriptions.

        Has low priority: it leaves a part of the rate limit to the other calls.
        """

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        """Returns the id of each contact field by its key, for example `vps_ip`."""

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        """Sets custom fields of the contact; `fields` maps field ids to values."""
