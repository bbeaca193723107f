"""Notifies open pages by a server-sent event (SSE) when the read models change.

The page then reloads its content.
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from sse_starlette.sse import EventSourceResponse

from slipway.reporting.context import Context, RequestContext, Viewer

router = APIRouter()
_POLL_SECONDS = 0.5


@router.get("/live")
async def live(request: Request, context: Context, _: Viewer) -> EventSourceResponse:
    return EventSourceResponse(_changes(request, context), ping=15)


async def _changes(request: Request, context: RequestContext) -> AsyncIterator[dict[str, str]]:
    last = await context.queries.revision()
    while not await request.is_disconnected():
        await asyncio.sleep(_POLL_SECONDS)
        revision = await context.queries.revision()
        if revision != last:
            last = revision
            yield {"event": "changed", "data": "1"}
