"""The commands that the portal and the API accept, with the role that each one needs (pure).

The page creates the command's id. So a click that is repeated after a time-out sends the same
command, which counts once (H21).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from slipway.contracts import commands
from slipway.contracts.commands import Command
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.reporting.access import Principal, Role


class NotAllowed(Exception):
    """Raised if the principal's role does not allow the command."""


class Malformed(Exception):
    """Raised if the kind is unknown or a field is missing.

    The message names the kind or the field.
    """


class CommandKind(StrEnum):
    """The name of a command in URLs and in the API."""

    RETRY = "retry"
    RESOLVE = "resolve"
    CREATE = "create"
    SWITCH_ON = "switch-on"
    DELETE = "delete"
    HOLD = "hold"
    RELEASE_HOLD = "release-hold"
    ADOPT = "adopt"
    IGNORE = "ignore"
    RELEASE = "release"
    LOCATION_MODE = "location-mode"
    RESET_BRAKE = "reset-brake"
    REPLAY = "replay"
    CHECK = "check"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE_INCIDENT = "resolve-incident"
    REDRIVE = "redrive"
    SKIP = "skip"


CATALOG: Mapping[CommandKind, tuple[type[Command], Role]] = {
    CommandKind.RETRY: (commands.RetryOperation, Role.OPERATOR),
    CommandKind.RESOLVE: (commands.ResolveManually, Role.OPERATOR),
    CommandKind.CREATE: (commands.CreateVps, Role.OPERATOR),
    CommandKind.SWITCH_ON: (commands.SwitchOnVps, Role.OPERATOR),
    CommandKind.DELETE: (commands.DeleteVps, Role.ADMIN),
    CommandKind.HOLD: (commands.HoldVps, Role.OPERATOR),
    CommandKind.RELEASE_HOLD: (commands.ReleaseHold, Role.OPERATOR),
    CommandKind.ADOPT: (commands.AdoptServer, Role.ADMIN),
    CommandKind.IGNORE: (commands.IgnoreVps, Role.ADMIN),
    CommandKind.RELEASE: (commands.ReleaseVps, Role.ADMIN),
    CommandKind.LOCATION_MODE: (commands.SetLocationMode, Role.ADMIN),
    CommandKind.RESET_BRAKE: (commands.ResetBrake, Role.ADMIN),
    CommandKind.REPLAY: (commands.ReplayDelivery, Role.OPERATOR),
    CommandKind.CHECK: (commands.CheckSubscription, Role.OPERATOR),
    CommandKind.ACKNOWLEDGE: (commands.AcknowledgeIncident, Role.OPERATOR),
    CommandKind.RESOLVE_INCIDENT: (commands.ResolveIncident, Role.OPERATOR),
    CommandKind.REDRIVE: (commands.RedriveDeadLetter, Role.OPERATOR),
    CommandKind.SKIP: (commands.SkipDeadLetter, Role.ADMIN),
}
KIND_BY_TYPE = {command.TYPE: kind for kind, (command, _) in CATALOG.items()}


def may(principal: Principal, kind: CommandKind | str) -> bool:
    """Returns whether the principal's role allows this command. Unknown kinds are not allowed."""
    return kind in CATALOG and principal.role >= CATALOG[CommandKind(kind)][1]


def needs_reason(kind: CommandKind | str) -> bool:
    """Returns True if only an admin may send the command. Such a command needs a reason."""
    return CATALOG[CommandKind(kind)][1] is Role.ADMIN


def build_command(
    kind: str, fields: Mapping[str, Any], *, command_id: str, principal: Principal, now: datetime
) -> Command:
    """Returns the command. Raises NotAllowed or Malformed."""
    if kind not in CATALOG:
        raise Malformed(f"unknown command {kind!r}: use one of {', '.join(CATALOG)}")
    command, role = CATALOG[CommandKind(kind)]
    if not may(principal, kind):
        raise NotAllowed(f"{kind} needs the role {role.name.lower()}")
    if not command_id or "/" in command_id:
        raise Malformed("command_id: required, and without a slash")
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    try:
        return command.model_validate(
            {
                **given,
                "command_id": command_id,
                "issued_at": now,
                "actor": principal.actor,
                "reason": _reason(kind, fields),
            }
        )
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise Malformed("; ".join(problems)) from error


def recorded(command: Command, traceparent: str | None) -> Recorded:
    """Returns the command in the form to publish, as the first version of a new stream.

    The correlation id is the command's id.
    """
    return Recorded(
        stream=stream_of("command", command.command_id),
        version=1,
        time=command.issued_at,
        event=command,
        meta=Meta(correlation_id=command.command_id, traceparent=traceparent, actor=command.actor),
    )


def _reason(kind: str, fields: Mapping[str, Any]) -> str:
    reason = str(fields.get("reason") or "").strip()
    if not reason and needs_reason(kind):
        raise Malformed("reason: required, it is kept in the history")
    return reason or "no reason given"
