"""Routes that send commands and return the status of commands."""

from fastapi import APIRouter, HTTPException

from slipway.reporting.api.serializers import CommandRequest, CommandSent, CommandStatusAnswer
from slipway.reporting.commands.catalog import Malformed, NotAllowed, build_command
from slipway.reporting.commands.lookup import lookup_status
from slipway.reporting.context import Context, Viewer
from slipway.reporting.ports import NotSent

router = APIRouter(tags=["commands"])


@router.post("/commands", status_code=202)
async def send_command(context: Context, principal: Viewer, body: CommandRequest) -> CommandSent:
    """Sends a command. Its status is available at `/commands/{command_id}`.

    Kinds: retry, resolve, create, delete, hold, release-hold, adopt, ignore, release,
    location-mode, reset-brake, replay, check, acknowledge, resolve-incident, redrive, skip.
    """
    if principal.csrf is not None:
        raise HTTPException(403, "commands over the API need an API key, not a browser's session")
    fields = {**body.fields, "reason": body.reason, "seen_version": body.seen_version}
    command_id = body.command_id or context.new_id()
    try:
        command = build_command(
            body.kind, fields, command_id=command_id, principal=principal, now=context.clock()
        )
        await context.publisher.send([command])
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
async def read_command(context: Context, _: Viewer, command_id: str) -> CommandStatusAnswer:
    found = await context.queries.find_by_id("commands", command_id)
    if found is None:
        raise HTTPException(404, f"no command {command_id!r}; a new one may take a moment")
    status = await lookup_status(context, found, found.get("issued_at", context.clock()))
    return CommandStatusAnswer(
        command_id=command_id, status=status.state, detail=status.detail, final=status.final
    )
