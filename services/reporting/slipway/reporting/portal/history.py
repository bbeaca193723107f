"""Reads one page of the events about a VPS, an incident or another subject."""

from typing import Annotated, Any

from fastapi import Query, Request

from slipway.reporting.context import RequestContext

_PER_PAGE = 200
Skip = Annotated[int, Query(ge=0)]


async def history(
    request: Request, context: RequestContext, about: list[str], skip: int
) -> dict[str, Any]:
    """Returns the values for the template: `timeline_entries`, newest first, and `older`.

    `older` is the link to the older entries, or "" if there are none.
    """
    found = await context.queries.timeline(about, _PER_PAGE + 1, skip)
    more = len(found) > _PER_PAGE
    older = request.url.include_query_params(skip=skip + _PER_PAGE)
    return {
        "timeline_entries": found[:_PER_PAGE],
        "older": f"{older.path}?{older.query}" if more else "",
    }
