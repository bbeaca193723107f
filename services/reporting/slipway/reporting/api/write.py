"""Deciding: a person's command on its way out, and how far it has come."""

from fastapi import APIRouter, HTTPException

from slipway.reporting.api.serializers import CommandAsked, CommandSent, CommandStanding
from slipway.reporting.commands.catalog import Malformed, NotAllowed, decided
from slipway.reporting.commands.lookup import stands
from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.ports import NotSent

router = APIRouter(tags=["deciding"])


@router.post("/commands", status_code=202)
async def send_command(desk: AtDesk, person: Viewer, asked: CommandAsked) -> CommandSent:
    """Send a decision on its way; where it stands is at `/commands/{command_id}`.

    Kinds: retry, resolve, create, delete, hold, lift-hold, adopt, ignore, release, location-mode,
    reset-brake, replay, check, acknowledge, resolve-incident, redrive, skip.
    """
    if person.csrf is not None:
        raise HTTPException(403, "decisions over the API need an API key, not a browser's session")
    fields = {**asked.fields, "reason": asked.reason, "seen_version": asked.seen_version}
    command_id = asked.command_id or desk.new_id()
    try:
        command = decided(
            asked.kind, fields, command_id=command_id, person=person, now=desk.clock()
        )
        await desk.outbox.send([command])
    except NotAllowed as error:
        raise HTTPException(403, str(error)) from error
    except Malformed as error:
        raise HTTPException(422, str(error)) from error
    except NotSent as error:
        raise HTTPException(
            503, f"not sent, try again with the same command_id: {error}"
        ) from error
    return CommandSent(command_id=command_id)


@router.get("/commands/{command_id}")
async def read_command(desk: AtDesk, _: Viewer, command_id: str) -> CommandStanding:
    found = await desk.questions.one("decisions", command_id)
    if found is None:
        raise HTTPException(404, f"no command {command_id!r} is known (yet)")
    now_it = await stands(desk, found, found.get("issued_at", desk.clock()))
    return CommandStanding(
        command_id=command_id, standing=now_it.word, detail=now_it.detail, final=now_it.final
    )
