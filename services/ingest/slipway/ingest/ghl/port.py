"""The port to GHL's API: its calls, results and errors.

An error's name says what the caller must do. `client` implements the port, and tests use a fake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Record = Mapping[str, Any]
"""A JSON object of GHL that is not interpreted yet."""


class ApiProblem(StrEnum):
    UNREACHABLE = "api-unreachable"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a problem, not a secret
    RATE_LIMITED = "rate-limited"


class TryLater(Exception):
    """GHL can't answer now. Due work is postponed, and nothing is quarantined (H12)."""

    def __init__(self, problem: ApiProblem, after_seconds: float) -> None:
        super().__init__(f"{problem}; again in {after_seconds:.0f} s")
        self.problem = problem
        self.after_seconds = after_seconds


class Refused(Exception):
    """GHL understood the request and refused it, so a retry would not help."""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Record]
    total: int | None
    """GHL's `totalCount`; None if it is not a number."""


class GhlApi(Protocol):
    """The calls of GHL's API. Each raises TryLater or Refused, and nothing else."""

    async def subscription(self, location: str, id_: str) -> Record | None:
        """Returns the record, or None if GHL shows no such record now.

        None does not prove that the subscription does not exist.
        """

    async def order(self, location: str, id_: str) -> Record | None: ...

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        """Returns the rows of all subscriptions of an order or a contact.

        A search proves no identity (H7), so the caller reads each row's record by its id.
        """

    async def page(self, location: str, offset: int, limit: int) -> Page:
        """Returns a page of the location's subscriptions.

        The call has low priority, so it leaves a part of the rate limit to other calls.
        """

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        """Returns the ids of the contact's custom fields by key, for example `vps_ip`."""

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        """Sets custom fields of the contact; `fields` maps field ids to values."""
