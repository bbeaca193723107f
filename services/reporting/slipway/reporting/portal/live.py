"""Tells open pages that something changed; they then fetch themselves anew."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from sse_starlette.sse import EventSourceResponse

from slipway.reporting.context import AtDesk, Desk, Viewer

router = APIRouter()
_LOOK_SECONDS = 0.5


@router.get("/live")
async def live(request: Request, desk: AtDesk, _: Viewer) -> EventSourceResponse:
    return EventSourceResponse(_changes(request, desk), ping=15)


async def _changes(request: Request, desk: Desk) -> AsyncIterator[dict[str, str]]:
    last = await desk.questions.marks()
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK_SECONDS)
        marks = await desk.questions.marks()
        if marks != last:
            last = marks
            yield {"event": "changed", "data": "1"}
