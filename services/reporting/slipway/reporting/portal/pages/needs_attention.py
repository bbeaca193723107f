"""The page of the servers, subscriptions and accounts that need an action of an operator."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, RequestContext, Viewer
from slipway.reporting.portal.incident_lookup import incident_of
from slipway.reporting.portal.rendering import page
from slipway.reporting.ports import View

router = APIRouter()


@router.get("/needs-attention")
async def show_needs_attention(
    request: Request, context: Context, principal: Viewer
) -> HTMLResponse:
    rows = await context.queries.servers_needing_attention()
    open_incidents = await context.queries.incidents("open")
    subscriptions = await context.queries.subscriptions_needing_attention()
    refunds = {one["subject"]: one["_id"] for one in open_incidents if one.get("cause") == "refund"}
    return await page(
        request,
        "needs_attention.html",
        principal,
        rows=rows,
        incident_of={row["_id"]: incident_of(row, open_incidents) for row in rows},
        subscriptions=subscriptions,
        refund_of={one["_id"]: refunds.get(one["_id"]) for one in subscriptions},
        servers_of={one["_id"]: await _servers_of(one, context) for one in subscriptions},
        safeguards=await context.queries.active_safeguards(),
    )


async def _servers_of(subscription: View, context: RequestContext) -> list[View]:
    """Returns the servers of the subscription that exist or are being created."""
    ids = subscription.get("facts", {})
    found = [await context.queries.find_by_id("servers", id_) for id_ in ids]
    return [one for one in found if one is not None and one["status"] not in {"deleted", "ignored"}]
