"""The page of the servers, subscriptions and accounts that need an action of an operator."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.incident_lookup import incident_of
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/needs-attention")
async def show_needs_attention(
    request: Request, context: Context, principal: Viewer
) -> HTMLResponse:
    rows = await context.queries.servers_needing_attention()
    open_incidents = await context.queries.incidents("open")
    return await page(
        request,
        "needs_attention.html",
        principal,
        rows=rows,
        incident_of={row["_id"]: incident_of(row, open_incidents) for row in rows},
        subscriptions=await context.queries.subscriptions_needing_attention(),
        safeguards=await context.queries.active_safeguards(),
    )
