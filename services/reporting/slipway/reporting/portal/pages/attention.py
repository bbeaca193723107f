"""What needs a person: parked and stalled VPSs, drift, paused accounts, unknown servers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.incident_lookup import incident_of
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/attention")
async def show_attention(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    rows = await desk.questions.needing_a_person()
    open_ = await desk.questions.incidents("open")
    return await page(
        request,
        "attention.html",
        person,
        rows=rows,
        incident_of={row["_id"]: incident_of(row, open_) for row in rows},
        referred=await desk.questions.referred(),
        guards=await desk.questions.guards_on(),
    )
