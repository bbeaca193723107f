"""The client of GHL's API. Each location has its own private integration token.

It implements `port`. `reader`, the workers and the poller call it.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from slipway.ingest.ghl.caller import UNREADABLE_ANSWER_SECONDS, ApiCaller
from slipway.ingest.ghl.port import ApiProblem, Page, Record, Refused, TryLater

_MAX_ROWS = 100


class GhlClient:
    def __init__(self, caller: ApiCaller) -> None:
        self._caller = caller

    async def subscription(self, location: str, id_: str) -> Record | None:
        return await self._record(location, "subscriptions", id_)

    async def order(self, location: str, id_: str) -> Record | None:
        return await self._record(location, "orders", id_)

    async def search(
        self, location: str, *, order: str | None = None, contact: str | None = None
    ) -> Sequence[Record]:
        keys = {"entityId": order, "contactId": contact}
        query = {name: value for name, value in keys.items() if value}
        page = await self._rows(location, 0, _MAX_ROWS, query)
        # GHL hardly documents its filters, so rows that don't match are dropped here as well.
        return [
            row
            for row in page.rows
            if all(str(row.get(name)) == value for name, value in query.items())
        ]

    async def page(self, location: str, offset: int, limit: int) -> Page:
        return await self._rows(location, offset, limit, {}, low_priority=True)

    async def custom_fields(self, location: str) -> Mapping[str, str]:
        path = f"/locations/{quote(location, safe='')}/customFields"
        answer = await self._caller.call(location, "GET", path, params={"model": "contact"})
        found = answer.get("customFields") if answer else None
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return {
            str(row.get("fieldKey", "")).removeprefix("contact."): str(row.get("id"))
            for row in rows
        }

    async def write_contact(self, location: str, contact: str, fields: Mapping[str, str]) -> None:
        path = f"/contacts/{quote(contact, safe='')}"
        values = [{"id": id_, "field_value": value} for id_, value in fields.items()]
        body = {"customFields": values}
        if await self._caller.call(location, "PUT", path, json=body) is None:
            raise Refused(f"GHL knows no contact {contact}")

    async def _record(self, location: str, kind: str, id_: str) -> Record | None:
        path = f"/payments/{kind}/{quote(id_, safe='')}"
        query = {"altId": location, "altType": "location"}
        record = await self._caller.call(location, "GET", path, params=query)
        return None if record is None else _verify(record, location, id_)

    async def _rows(
        self,
        location: str,
        offset: int,
        limit: int,
        filters: dict[str, str],
        *,
        low_priority: bool = False,
    ) -> Page:
        page = {"altId": location, "altType": "location", "offset": str(offset)}
        query = page | filters | {"limit": str(limit)}
        answer = await self._caller.call(
            location, "GET", "/payments/subscriptions", low_priority=low_priority, params=query
        )
        data, total = (answer or {}).get("data"), (answer or {}).get("totalCount")
        if not isinstance(data, list):
            raise TryLater(ApiProblem.UNREACHABLE, UNREADABLE_ANSWER_SECONDS)
        rows = [row for row in data if isinstance(row, dict)]
        return Page(rows, total if isinstance(total, int) else None)


def _verify(record: Record, location: str, id_: str) -> Record:
    """Returns the record. Raises Refused if it is not the requested one (H7)."""
    if str(record.get("_id")) != id_ or str(record.get("altId", location)) != location:
        raise Refused(f"GHL answered with another record than {id_}")
    return {**record, "altId": location}
