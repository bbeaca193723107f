"""Sends commands from the portal's forms, and shows the status of each until it is final."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from slipway.reporting.commands.catalog import Malformed, NotAllowed, build_command
from slipway.reporting.commands.lookup import lookup_status
from slipway.reporting.commands.status import CommandState, CommandStatus, status_of
from slipway.reporting.context import Context, Viewer
from slipway.reporting.portal.auth import require_csrf
from slipway.reporting.portal.rendering import fragment
from slipway.reporting.ports import NotSent

router = APIRouter()
_MAX_COMMANDS = 500


@router.post("/commands/{kind}")
async def send_commands(
    request: Request, context: Context, principal: Viewer, kind: str
) -> HTMLResponse:
    """Sends one command, or one for each `vps_id` of the form."""
    form = await request.form()
    require_csrf(principal, form)
    now = context.clock()
    try:
        commands = [
            build_command(kind, fields, command_id=command_id, principal=principal, now=now)
            for command_id, fields in _commands_of(form)
        ]
        await context.publisher.send(commands)
    except NotAllowed as error:
        raise HTTPException(403, str(error)) from error
    except (Malformed, NotSent) as error:
        return _not_sent(request, error)
    ids = [command.command_id for command in commands]
    statuses = [status_of(None, None, issued_at=now, now=now) for _ in ids]
    return _show_statuses(request, ids, now, statuses)


@router.get("/commands")
async def show_commands(
    request: Request,
    context: Context,
    _: Viewer,
    issued_at: datetime,
    id_: Annotated[list[str], Query(alias="id")],
) -> HTMLResponse:
    ids = id_[:_MAX_COMMANDS]
    statuses = [
        await lookup_status(context, await context.queries.find_by_id("commands", each), issued_at)
        for each in ids
    ]
    return _show_statuses(request, ids, issued_at, statuses)


def _not_sent(request: Request, error: Exception) -> HTMLResponse:
    """Returns the error to show in the form, which stays open.

    If the admin sends the form again, both requests count as one command (H21).
    """
    hint = "It may have been sent nevertheless. Sending it again is safe: it counts once."
    problem = f"{error}. {hint}" if isinstance(error, NotSent) else str(error)
    response = fragment(request, "_not_sent.html", problem=problem)
    response.headers["HX-Retarget"] = "find .not-sent"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _commands_of(form: FormData) -> list[tuple[str, dict[str, Any]]]:
    """Returns the id and the fields of each command in the form."""
    fields = {name: value for name, value in form.items() if name not in {"csrf", "command_id"}}
    base = str(form.get("command_id", ""))
    targets = form.getlist("vps_id")[:_MAX_COMMANDS]
    versions = form.getlist("seen_version")
    if len(targets) < 2:
        return [(base, fields)]
    return [
        (f"{base}.{index}", {**fields, "vps_id": vps_id, "seen_version": version})
        for index, (vps_id, version) in enumerate(zip(targets, versions, strict=True))
    ]


def _show_statuses(
    request: Request, ids: list[str], issued_at: datetime, statuses: list[CommandStatus]
) -> HTMLResponse:
    counts = Counter(status.state for status in statuses)
    query = "&".join(
        [f"issued_at={quote(issued_at.isoformat())}", *(f"id={quote(i)}" for i in ids)]
    )
    return fragment(
        request,
        "_command_status.html",
        counts=counts,
        details=sorted({status.detail for status in statuses if status.detail}),
        query=query,
        final=all(status.final for status in statuses),
        pause="5s" if CommandState.NO_RESPONSE in counts else "500ms",
    )
