"""Locations with observe and act, what each would do; the brake; and which processes are alive."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()
_SHOWN_FOR = timedelta(minutes=10)


@router.get("/locations")
async def show_locations(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    rows = await desk.questions.locations()
    would = {row["_id"]: await desk.questions.would_do(row["_id"]) for row in rows[:100]}
    return await page(request, "locations.html", person, rows=rows, would=would)


@router.get("/brake")
async def show_brake(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    return await page(
        request,
        "brake.html",
        person,
        brake=await desk.questions.brake(),
        timeline_entries=await desk.questions.timeline(["brake"], 20),
        instances=await desk.questions.instances(desk.clock() - _SHOWN_FOR),
    )
