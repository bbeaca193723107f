"""The list of all servers with search, and the page of one server."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.contracts.ids import subscription_of
from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.history import Skip, history
from slipway.reporting.portal.rendering import page

router = APIRouter()
_PER_PAGE = 50


@router.get("/servers")
async def show_servers(
    request: Request,
    context: Context,
    principal: Viewer,
    search: str = "",
    status: str = "",
    skip: Skip = 0,
) -> HTMLResponse:
    search = search.strip()
    rows = await context.queries.servers(search, status, skip, _PER_PAGE + 1)
    return await page(
        request,
        "servers.html",
        principal,
        rows=rows[:_PER_PAGE],
        more=len(rows) > _PER_PAGE,
        search=search,
        status=status,
        skip=skip,
        per_page=_PER_PAGE,
        counts=await context.queries.count_servers_by_status(),
    )


@router.get("/servers/{vps_id}")
async def show_server(
    request: Request, context: Context, principal: Viewer, vps_id: str, skip: Skip = 0
) -> HTMLResponse:
    vps = await context.queries.find_by_id("servers", vps_id)
    subscription_id = subscription_of(vps_id)
    lifecycle = await context.queries.find_by_id("lifecycles", subscription_id)
    if vps is None and lifecycle is None:
        raise HTTPException(404, f"no VPS {vps_id!r}")
    return await page(
        request,
        "server.html",
        principal,
        vps_id=vps_id,
        vps=vps,
        lifecycle=lifecycle or {},
        tasks=await context.queries.tasks_of(vps_id),
        commands=await context.queries.commands(vps_id),
        **await history(request, context, [vps_id, subscription_id], skip),
    )
