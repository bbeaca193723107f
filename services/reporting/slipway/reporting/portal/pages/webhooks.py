"""The page of the webhooks from GoHighLevel, with search, filter and replay."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.history import Skip
from slipway.reporting.portal.rendering import page
from slipway.reporting.projections.views.deliveries import DeliveryState

router = APIRouter()
_PER_PAGE = 50


@router.get("/webhooks")
async def show_webhooks(
    request: Request,
    context: Context,
    principal: Viewer,
    search: str = "",
    state: str = "",
    skip: Skip = 0,
) -> HTMLResponse:
    search = search.strip()
    rows = await context.queries.deliveries(search, state, skip, _PER_PAGE + 1)
    return await page(
        request,
        "webhooks.html",
        principal,
        rows=rows[:_PER_PAGE],
        more=len(rows) > _PER_PAGE,
        search=search,
        state=state,
        states=list(DeliveryState),
        skip=skip,
        per_page=_PER_PAGE,
    )
