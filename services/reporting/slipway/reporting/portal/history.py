"""One page of what happened to something, newest first, and the way to older pages."""

from typing import Annotated, Any

from fastapi import Query, Request

from slipway.reporting.context import Desk

_PER_PAGE = 200
Skip = Annotated[int, Query(ge=0)]


async def history(request: Request, desk: Desk, about: list[str], skip: int) -> dict[str, Any]:
    """For a template: `timeline_entries`, and `older`, a link or nothing."""
    found = await desk.questions.timeline(about, _PER_PAGE + 1, skip)
    more = len(found) > _PER_PAGE
    older = request.url.include_query_params(skip=skip + _PER_PAGE)
    return {
        "timeline_entries": found[:_PER_PAGE],
        "older": f"{older.path}?{older.query}" if more else "",
    }
