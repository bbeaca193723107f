"""Objectives, and how far each key result is."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.okrs import progress
from slipway.reporting.portal.rendering import page
from slipway.reporting.window_params import AskedWindow

router = APIRouter()


@router.get("/okrs")
async def show_okrs(
    request: Request, desk: AtDesk, person: Viewer, asked: AskedWindow
) -> HTMLResponse:
    goals = progress(desk.okrs, await desk.figures.evidence(asked))
    launch = desk.okrs.launched_at()
    return await page(request, "okrs.html", person, goals=goals, asked=asked, launch=launch)
