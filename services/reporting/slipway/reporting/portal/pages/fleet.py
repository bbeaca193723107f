"""All VPSs with search, and one VPS: its state, tasks, decisions and everything that happened."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.contracts.ids import subscription_of
from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.history import Skip, history
from slipway.reporting.portal.rendering import page

router = APIRouter()
_PER_PAGE = 50


@router.get("/vps")
async def show_fleet(
    request: Request,
    desk: AtDesk,
    person: Viewer,
    search: str = "",
    status: str = "",
    skip: Skip = 0,
) -> HTMLResponse:
    search = search.strip()
    rows = await desk.questions.fleet(search, status, skip, _PER_PAGE + 1)
    return await page(
        request,
        "fleet.html",
        person,
        rows=rows[:_PER_PAGE],
        more=len(rows) > _PER_PAGE,
        search=search,
        status=status,
        skip=skip,
        per_page=_PER_PAGE,
        counts=await desk.questions.fleet_by_status(),
    )


@router.get("/vps/{vps_id}")
async def show_vps(
    request: Request, desk: AtDesk, person: Viewer, vps_id: str, skip: Skip = 0
) -> HTMLResponse:
    found = await desk.questions.one("fleet", vps_id)
    subscription_id = subscription_of(vps_id)
    life = await desk.questions.one("lives", subscription_id)
    if found is None and life is None:
        raise HTTPException(404, f"no VPS {vps_id!r}")
    return await page(
        request,
        "vps.html",
        person,
        vps_id=vps_id,
        vps=found,
        life=life or {},
        tasks=await desk.questions.tasks_of(vps_id),
        decisions=await desk.questions.decisions(vps_id),
        **await history(request, desk, [vps_id, subscription_id], skip),
    )


@router.get("/events/{about:path}")
async def show_events(
    request: Request, desk: AtDesk, person: Viewer, about: str, skip: Skip = 0
) -> HTMLResponse:
    """Everything about an incident, a delivery, a scope or a location."""
    found = await history(request, desk, [about], skip)
    life = await desk.questions.one("lives", about)
    servers = list((life or {}).get("facts", {}))
    return await page(request, "events.html", person, about=about, servers=servers, **found)
