"""Reads a command's status and the target's view from the read models."""

from datetime import datetime
from typing import Any

from slipway.reporting.commands.status import CommandStatus, status_of
from slipway.reporting.context import RequestContext
from slipway.reporting.ports import View


async def lookup_status(
    context: RequestContext, command: View | None, issued_at: datetime
) -> CommandStatus:
    """Returns the status of the command.

    `command` is the command's view, or None if it is not projected yet.
    """
    target = await _target(context, (command or {}).get("target", {}))
    return status_of(command, target, issued_at=issued_at, now=context.clock())


async def _target(context: RequestContext, named: dict[str, Any]) -> View | None:
    for name, collection in (("vps_id", "servers"), ("dead_letter_id", "dead_letters")):
        if named.get(name):
            return await context.queries.find_by_id(collection, named[name])
    return None
