"""The page of all events about a subject that has no other page, such as a subscription."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.history import Skip, history
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/events/{about:path}")
async def show_events(
    request: Request, context: Context, principal: Viewer, about: str, skip: Skip = 0
) -> HTMLResponse:
    found = await history(request, context, [about], skip)
    lifecycle = await context.queries.find_by_id("lifecycles", about)
    servers = list((lifecycle or {}).get("facts", {}))
    return await page(request, "events.html", principal, about=about, servers=servers, **found)
