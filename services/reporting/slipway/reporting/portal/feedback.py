"""Stores an admin's answer to the satisfaction question of the dashboard."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.auth import require_csrf
from slipway.reporting.ports import NotSent

router = APIRouter()
_SCORES = {"1", "2", "3", "4", "5"}
_MAX_COMMENT = 2000


@router.post("/feedback")
async def vote(request: Request, context: Context, principal: Viewer) -> Response:
    form = await request.form()
    require_csrf(principal, form)
    if form.get("later"):
        await context.vote_prompts.note_answer(principal, later=True)
        return RedirectResponse("/", 303)
    score = str(form.get("score", ""))
    if score not in _SCORES:
        raise HTTPException(422, "score: a number from 1 to 5")
    comment = str(form.get("comment", ""))[:_MAX_COMMENT]
    try:
        await context.publisher.vote(principal.name, int(score), comment)
    except NotSent as error:
        raise HTTPException(503, f"{error}. Your rating is not stored yet.") from error
    await context.vote_prompts.note_answer(principal, later=False)
    return RedirectResponse("/?thanks=1", 303)
