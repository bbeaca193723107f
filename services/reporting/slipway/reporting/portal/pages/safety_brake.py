"""The page of the safety brake: whether it is engaged, its reset, and its history."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.rendering import page
from slipway.reporting.projections.views.timeline import BRAKE

router = APIRouter()
_SHOWN = 20


@router.get("/safety-brake")
async def show_safety_brake(request: Request, context: Context, principal: Viewer) -> HTMLResponse:
    return await page(
        request,
        "safety_brake.html",
        principal,
        brake=await context.queries.brake(),
        timeline_entries=await context.queries.timeline([BRAKE], _SHOWN),
    )
