"""A fake of the GHL port: a test sets its records and its outages."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from slipway.ingest.ghl.port import ApiProblem, Page, Record, Refused, TryLater

from tests.support.builders.ghl_records import LOCATION


class FakeGhl:
    def __init__(self) -> None:
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, str] = {"vps_ip": "cf1", "vps_state": "cf2"}
        self.contacts: dict[str, dict[str, str]] = {}
        self.down: ApiProblem | None = None
        self.refusing: str | None = None
        """Why GHL refuses to show a record by its id. Its list goes on."""
        self.hidden_orders: set[str] = set()
        self.after_next_get: list[Any] = []
        """Each runs once, after a subscription was read and before the result is used."""
        self.gets = 0
        self.tries = 0
        """The number of calls, answered or not."""
        self.hidden_rows: set[str] = set()

    def has(self, record: dict[str, Any], order: dict[str, Any]) -> None:
        self.subscriptions[record["_id"]] = record
        self.orders[order["_id"]] = order

    def _check(self) -> None:
        self.tries += 1
        if self.down:
            raise TryLater(self.down, 1.0)

    def _check_record(self) -> None:
        self._check()
        if self.refusing:
            raise Refused(self.refusing)

    def outage(self, problem: ApiProblem = ApiProblem.UNREACHABLE) -> None:
        self.down = problem

    async def subscription(self, location: str, id_: str) -> Record | None:
        self._check_record()
        self.gets += 1
        found = deepcopy(self.subscriptions.get(id_))
        if self.after_next_get:
            await self.after_next_get.pop(0)()
        return found if found and location == found["altId"] else None

    async def order(self, location: str, id_: str) -> Record | None:
        self._check_record()
        found = None if id_ in self.hidden_orders else deepcopy(self.orders.get(id_))
        return found if found and location == found["altId"] else None

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        self._check()
        return [
            deepcopy(row)
            for row in self.subscriptions.values()
            if row["altId"] == location
            and (order is None or row["entityId"] == order)
            and (contact is None or row["contactId"] == contact)
        ]

    async def page(self, location: str, offset: int, limit: int) -> Page:
        self._check()
        rows = [
            deepcopy(row)
            for id_, row in self.subscriptions.items()
            if row["altId"] == location and id_ not in self.hidden_rows
        ]
        return Page(rows[offset : offset + limit], len(rows))

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        self._check()
        assert location == LOCATION
        return self.fields

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        self._check()
        assert location == LOCATION
        self.contacts[contact] = dict(fields)
