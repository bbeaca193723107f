"""The objectives of okrs.yaml with the progress of each key result."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.okrs import progress
from slipway.reporting.portal.rendering import page
from slipway.reporting.window_params import SelectedWindow

router = APIRouter()


@router.get("/objectives")
async def show_objectives(
    request: Request, context: Context, principal: Viewer, window: SelectedWindow
) -> HTMLResponse:
    goals = progress(context.okrs, await context.metrics.inputs(window))
    launch = context.okrs.launched_at()
    return await page(
        request, "objectives.html", principal, goals=goals, window=window, launch=launch
    )
