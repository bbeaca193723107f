"""The part of GHL's REST API that Slipway uses, in the official formats (docs/ghl.md).

For some time after a change, reads return the old record. The setting `lag_seconds` defines the
time.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slipway.simulators.ghl.api import serializers
from slipway.simulators.ghl.api.middleware import ApiGateway, problem
from slipway.simulators.ghl.api.serializers import Json
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records.entities import Contact, CustomField, Order, Subscription

_MOST_ROWS = 100


def build_api(ghl: Ghl) -> Starlette:
    """Returns an application with the paths of `https://services.leadconnectorhq.com`.

    It can be mounted under any prefix.
    """
    api = _Api(ghl)
    routes = [
        Route("/payments/subscriptions", api.list_subscriptions),
        Route("/payments/subscriptions/{id}", api.get_subscription),
        Route("/payments/orders", api.list_orders),
        Route("/payments/orders/{id}", api.get_order),
        Route("/contacts/{id}", api.get_contact, methods=["GET"]),
        Route("/contacts/{id}", api.put_contact, methods=["PUT"]),
        Route("/locations/{id}/customFields", api.list_custom_fields, methods=["GET"]),
        Route("/locations/{id}/customFields", api.add_custom_field, methods=["POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(ApiGateway, ghl=ghl)])


class _Api:
    def __init__(self, ghl: Ghl) -> None:
        self._ghl, self._records = ghl, ghl.records

    async def list_subscriptions(self, request: Request) -> Response:
        query = request.query_params
        if query.get("altType") != "location" or not query.get("altId"):
            return problem(422, "altId and altType=location are required", "Unprocessable Entity")
        rows = self._records.shown_subscriptions(
            self._ghl.clock(), contact=query.get("contactId"), order=query.get("entityId")
        )
        rows = [one for one in rows if one.location_id == query["altId"]]
        rows = [one for one in rows if self._is_wanted(one, request)]
        return _page(request, rows, lambda one: serializers.listed_subscription(self._records, one))

    async def get_subscription(self, request: Request) -> Response:
        if request.query_params.get("altType") != "location":
            return problem(422, "altType=location is required", "Unprocessable Entity")
        kept = self._records.subscriptions.get(request.path_params["id"])
        shown = kept.shown(self._ghl.clock()) if kept else None
        if shown is None or not _is_ours(request, shown):
            return problem(404, "Subscription not found", "Not Found")
        return JSONResponse(serializers.shown_subscription(self._records, shown))

    async def list_orders(self, request: Request) -> Response:
        query, now = request.query_params, self._ghl.clock()
        if not query.get("altId"):
            return problem(422, "altId is required", "Unprocessable Entity")
        shown = (kept.shown(now) for kept in reversed(list(self._records.orders.values())))
        rows = [
            one
            for one in shown
            if one
            and one.location_id == query["altId"]
            and query.get("contactId") in {None, one.contact_id}
            and query.get("status") in {None, one.status}
            and _in_mode(query.get("paymentMode"), live=one.live)
        ]
        return _page(request, rows, lambda one: serializers.listed_order(self._records, one))

    async def get_order(self, request: Request) -> Response:
        kept = self._records.orders.get(request.path_params["id"])
        shown = kept.shown(self._ghl.clock()) if kept else None
        if shown is None or not _is_ours(request, shown):
            return problem(404, "Order not found", "Not Found")
        return JSONResponse(serializers.shown_order(self._records, shown))

    async def get_contact(self, request: Request) -> Response:
        contact = self._contact(request)
        if contact is None:
            return problem(404, "Contact not found", "Not Found")
        return JSONResponse({"contact": serializers.shown_contact(contact)})

    async def put_contact(self, request: Request) -> Response:
        """Updates a contact.

        Finds a custom field by `id` or by `key`, and ignores unknown fields.
        """
        if self._contact(request) is None:
            return problem(404, "Contact not found", "Not Found")
        body = await _json(request)
        if body is None:
            return problem(422, "the body is no JSON object", "Unprocessable Entity")
        location: str = request.state.location.id
        fields: dict[str, str] = {}
        for given in body.get("customFields") or []:
            field = self._field(location, given)
            if field is not None:
                fields[field.id] = str(given.get("field_value", given.get("value", "")))
        contact = self._ghl.write_contact(request.path_params["id"], fields, body.get("tags"))
        return JSONResponse({"succeded": True, "contact": serializers.shown_contact(contact)})

    async def list_custom_fields(self, request: Request) -> Response:
        fields = [
            one
            for one in self._records.custom_fields
            if one.location_id == request.path_params["id"]
        ]
        shown = [serializers.shown_custom_field(one, place) for place, one in enumerate(fields)]
        return JSONResponse({"customFields": shown})

    async def add_custom_field(self, request: Request) -> Response:
        body = await _json(request)
        if body is None or not body.get("name") or not body.get("dataType"):
            return problem(422, "name and dataType are required", "Unprocessable Entity")
        field = self._ghl.add_custom_field(
            request.path_params["id"], str(body["name"]), str(body["dataType"])
        )
        return JSONResponse({"customField": serializers.shown_custom_field(field)}, 201)

    def _contact(self, request: Request) -> Contact | None:
        kept = self._records.contacts.get(request.path_params["id"])
        shown = kept.shown(self._ghl.clock()) if kept else None
        return shown if shown and _is_ours(request, shown) else None

    def _field(self, location: str, given: Json) -> CustomField | None:
        for one in self._records.custom_fields:
            names = {one.id, one.key, one.key.removeprefix("contact.")}
            if one.location_id == location and {given.get("id"), given.get("key")} & names:
                return one
        return None

    def _is_wanted(self, one: Subscription, request: Request) -> bool:
        query = request.query_params
        words = self._records.contacts[one.contact_id].latest
        searched = f"{words.name} {words.email} {one.id}".lower()
        return (
            query.get("id") in {None, one.id}
            and query.get("search", "").lower() in searched
            and _in_mode(query.get("paymentMode"), live=one.live)
            and _day(query.get("startAt"), date.min) <= one.created_at.date()
            and one.created_at.date() <= _day(query.get("endAt"), date.max)
        )


def _page(request: Request, rows: Sequence[Any], show: Callable[[Any], Json]) -> Response:
    """Returns one page of the rows, newest first, by offset.

    A row that is added between two requests shifts the following pages.
    """
    query = request.query_params
    try:
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "10"))
    except ValueError:
        return problem(422, "limit and offset must be numbers", "Unprocessable Entity")
    chosen = rows[max(0, offset) : max(0, offset) + max(1, min(limit, _MOST_ROWS))]
    return JSONResponse({"data": [show(one) for one in chosen], "totalCount": len(rows)})


def _is_ours(request: Request, record: Subscription | Order | Contact) -> bool:
    return bool(record.location_id == request.state.location.id)


def _in_mode(mode: str | None, *, live: bool) -> bool:
    return mode is None or (mode == "live") == live


def _day(given: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(given) if given else otherwise
    except ValueError:
        return otherwise


async def _json(request: Request) -> Json | None:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
