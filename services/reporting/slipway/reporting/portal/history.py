"""One page of the history of a VPS, an incident or anything else that events are about."""

from typing import Annotated, Any

from fastapi import Query, Request

from slipway.reporting.context import RequestContext

_PER_PAGE = 200
Skip = Annotated[int, Query(ge=0)]


async def history(
    request: Request, context: RequestContext, about: list[str], skip: int
) -> dict[str, Any]:
    """Returns the template's `timeline_entries`, newest first, and `older`, a link or ""."""
    found = await context.queries.timeline(about, _PER_PAGE + 1, skip)
    more = len(found) > _PER_PAGE
    older = request.url.include_query_params(skip=skip + _PER_PAGE)
    return {
        "timeline_entries": found[:_PER_PAGE],
        "older": f"{older.path}?{older.query}" if more else "",
    }
