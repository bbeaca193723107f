"""Deliveries with replay, and dead letters with redrive and skip."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.desk import AtDesk, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/deliveries")
async def show_deliveries(
    request: Request, desk: AtDesk, person: Viewer, state: str = ""
) -> HTMLResponse:
    rows = await desk.questions.deliveries(state)
    return await page(request, "deliveries.html", person, rows=rows, state=state)


@router.get("/dead-letters")
async def show_dead_letters(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    return await page(
        request,
        "dead_letters.html",
        person,
        rows=await desk.questions.dead_letters(closed=False),
        closed=await desk.questions.dead_letters(closed=True, limit=20),
    )
