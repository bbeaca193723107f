"""The page of the Kafka messages that a service could not process, with redrive and skip.

The code calls such messages dead letters.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/failed-messages")
async def show_failed_messages(
    request: Request, context: Context, principal: Viewer
) -> HTMLResponse:
    return await page(
        request,
        "failed_messages.html",
        principal,
        rows=await context.queries.dead_letters(closed=False),
        closed=await context.queries.dead_letters(closed=True, limit=20),
    )
