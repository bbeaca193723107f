"""A person's clicks: checked, sent as commands, and followed until they are done or refused."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from slipway.reporting.commands.catalog import Malformed, NotAllowed, decided
from slipway.reporting.commands.lookup import stands
from slipway.reporting.commands.status import standing
from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.portal.auth import require_csrf
from slipway.reporting.portal.rendering import fragment
from slipway.reporting.ports import NotSent

router = APIRouter()
_AT_ONCE = 500


@router.post("/actions/{kind}")
async def decide(request: Request, desk: AtDesk, person: Viewer, kind: str) -> HTMLResponse:
    """One decision, or the same for every `vps_id` of the form (all of an incident)."""
    form = await request.form()
    require_csrf(person, form)
    now = desk.clock()
    try:
        commands = [
            decided(kind, fields, command_id=command_id, person=person, now=now)
            for command_id, fields in _each(form)
        ]
        await desk.outbox.send(commands)
    except NotAllowed as error:
        raise HTTPException(403, str(error)) from error
    except (Malformed, NotSent) as error:
        return _not_sent(request, error)
    return _followed(request, [command.command_id for command in commands], now)


@router.get("/decisions")
async def follow(
    request: Request,
    desk: AtDesk,
    _: Viewer,
    issued_at: datetime,
    id_: Annotated[list[str], Query(alias="id")],
) -> HTMLResponse:
    ids = id_[:_AT_ONCE]
    standings = [
        await stands(desk, await desk.questions.one("decisions", each), issued_at) for each in ids
    ]
    return _standings(request, ids, issued_at, standings)


@router.post("/feedback")
async def vote(request: Request, desk: AtDesk, person: Viewer) -> Response:
    form = await request.form()
    require_csrf(person, form)
    if form.get("later"):
        await desk.accounts.answered(person, later=True)
        return RedirectResponse("/", 303)
    score = str(form.get("score", ""))
    if score not in {"1", "2", "3", "4", "5"}:
        raise HTTPException(422, "score: a number from 1 to 5")
    comment = str(form.get("comment", ""))[:2000]
    try:
        await desk.outbox.vote(person.name, int(score), comment)
    except NotSent as error:
        raise HTTPException(503, f"{error}. Your vote is not stored yet.") from error
    await desk.accounts.answered(person, later=False)
    return RedirectResponse("/?thanks=1", 303)


def _not_sent(request: Request, error: Exception) -> HTMLResponse:
    """Beside the form, which stays: sent again, it is the same decision (H21)."""
    again = "It may be on its way all the same: sent again, it counts once."
    said = f"{error}. {again}" if isinstance(error, NotSent) else str(error)
    response = fragment(request, "_not_sent.html", problem=said)
    response.headers["HX-Retarget"] = "find .not-sent"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _each(form: FormData) -> list[tuple[str, dict[str, Any]]]:
    fields = {name: value for name, value in form.items() if name not in {"csrf", "command_id"}}
    base = str(form.get("command_id", ""))
    targets = form.getlist("vps_id")[:_AT_ONCE]
    versions = form.getlist("seen_version")
    if len(targets) < 2:
        return [(base, fields)]
    return [
        (f"{base}.{index}", {**fields, "vps_id": vps_id, "seen_version": version})
        for index, (vps_id, version) in enumerate(zip(targets, versions, strict=True))
    ]


def _followed(request: Request, ids: list[str], now: datetime) -> HTMLResponse:
    standings = [standing(None, None, issued_at=now, now=now) for _ in ids]
    return _standings(request, ids, now, standings)


def _standings(
    request: Request, ids: list[str], issued_at: datetime, standings: list[Any]
) -> HTMLResponse:
    counts: dict[str, int] = {}
    for each in standings:
        counts[each.word] = counts.get(each.word, 0) + 1
    details = sorted({each.detail for each in standings if each.detail})
    query = "&".join(
        [f"issued_at={quote(issued_at.isoformat())}", *(f"id={quote(i)}" for i in ids)]
    )
    waiting = any(each.word == "nobody took it" for each in standings)
    return fragment(
        request,
        "_standing.html",
        counts=counts,
        details=details,
        query=query,
        final=all(each.final for each in standings),
        pause="5s" if waiting else "500ms",
    )
