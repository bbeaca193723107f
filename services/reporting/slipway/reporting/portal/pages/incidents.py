"""Incidents: who is on them, who was told, and retry for everything one of them stopped."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.history import Skip, history
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


@router.get("/incidents/{incident_id}")
async def show_incident(
    request: Request, desk: AtDesk, person: Viewer, incident_id: str, skip: Skip = 0
) -> HTMLResponse:
    """Where the link in each message leads."""
    found = await desk.questions.one("incidents", incident_id)
    if found is None:
        raise HTTPException(404, f"no incident {incident_id!r} (yet): it may still be on its way")
    return await page(
        request,
        "incident.html",
        person,
        it=found,
        affected=await desk.questions.affected(found),
        **await history(request, desk, [incident_id], skip),
    )
