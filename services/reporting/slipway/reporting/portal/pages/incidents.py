"""The page of all incidents, and the page of one incident, to which its notifications link."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.history import Skip, history
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/incidents")
async def show_incidents(request: Request, context: Context, principal: Viewer) -> HTMLResponse:
    open_incidents = await context.queries.incidents("open")
    affected = {
        each["_id"]: await context.queries.affected_servers(each) for each in open_incidents[:20]
    }
    return await page(
        request,
        "incidents.html",
        principal,
        open=open_incidents,
        affected=affected,
        resolved=await context.queries.incidents("resolved", 30),
    )


@router.get("/incidents/{incident_id}")
async def show_incident(
    request: Request, context: Context, principal: Viewer, incident_id: str, skip: Skip = 0
) -> HTMLResponse:
    found = await context.queries.find_by_id("incidents", incident_id)
    if found is None:
        raise HTTPException(404, f"no incident {incident_id!r}; a new one may take a moment")
    return await page(
        request,
        "incident.html",
        principal,
        it=found,
        affected=await context.queries.affected_servers(found),
        **await history(request, context, [incident_id], skip),
    )
