"""The page of the locations and their modes.

For a location in observe mode, it shows the servers that Slipway would change.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()
_MAX_LISTED = 100


@router.get("/locations")
async def show_locations(request: Request, context: Context, principal: Viewer) -> HTMLResponse:
    rows = await context.queries.locations()
    would_run = {
        row["_id"]: await context.queries.servers_to_change(row["_id"])
        for row in rows[:_MAX_LISTED]
    }
    return await page(request, "locations.html", principal, rows=rows, would_run=would_run)
