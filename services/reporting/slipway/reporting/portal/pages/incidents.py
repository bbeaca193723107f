"""Incidents: who is on them, who was told, and retry for everything one of them stopped."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.desk import AtDesk, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/incidents")
async def show_incidents(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    open_ = await desk.questions.incidents("open")
    affected = {each["_id"]: await desk.questions.affected(each) for each in open_[:20]}
    return await page(
        request,
        "incidents.html",
        person,
        open=open_,
        affected=affected,
        resolved=await desk.questions.incidents("resolved", 30),
    )
