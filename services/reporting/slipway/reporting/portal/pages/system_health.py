"""The page of Slipway's processes, with their last heartbeat and their backlog."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()
_SHOWN_FOR = timedelta(minutes=10)


@router.get("/system-health")
async def show_system_health(request: Request, context: Context, principal: Viewer) -> HTMLResponse:
    instances = await context.queries.instances(context.clock() - _SHOWN_FOR)
    return await page(request, "system_health.html", principal, instances=instances)
