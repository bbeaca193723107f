"""What needs a person: parked and stalled VPSs, drift, paused accounts, unknown servers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.desk import AtDesk, Viewer
from slipway.reporting.portal.rendering import page

router = APIRouter()


@router.get("/attention")
async def show_attention(request: Request, desk: AtDesk, person: Viewer) -> HTMLResponse:
    return await page(
        request,
        "attention.html",
        person,
        rows=await desk.questions.needing_a_person(),
        referred=await desk.questions.referred(),
        guards=await desk.questions.guards_on(),
    )
