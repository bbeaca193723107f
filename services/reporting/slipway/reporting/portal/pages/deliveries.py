"""Deliveries with replay, and dead letters with redrive and skip."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.history import Skip
from slipway.reporting.portal.rendering import page

router = APIRouter()
_PER_PAGE = 50


@router.get("/deliveries")
async def show_deliveries(
    request: Request,
    desk: AtDesk,
    person: Viewer,
    search: str = "",
    state: str = "",
    skip: Skip = 0,
) -> HTMLResponse:
    search = search.strip()
    rows = await desk.questions.deliveries(search, state, skip, _PER_PAGE + 1)
    return await page(
        request,
        "deliveries.html",
        person,
        rows=rows[:_PER_PAGE],
        more=len(rows) > _PER_PAGE,
        search=search,
        state=state,
        skip=skip,
        per_page=_PER_PAGE,
    )


@router.get("/dead-letters")
async def show_dead_letters(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    return await page(
        request,
        "dead_letters.html",
        person,
        rows=await desk.questions.dead_letters(closed=False),
        closed=await desk.questions.dead_letters(closed=True, limit=20),
    )
