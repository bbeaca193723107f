"""Derives the status of a command from the read models (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from slipway.reporting.commands.catalog import KIND_BY_TYPE, CommandKind

_RESPONSE_WITHIN = timedelta(seconds=5)
_DONE_WHEN_PROVEN = {
    CommandKind.RETRY,
    CommandKind.RESOLVE,
    CommandKind.CREATE,
    CommandKind.SWITCH_ON,
    CommandKind.DELETE,
    CommandKind.RELEASE,
    CommandKind.ADOPT,
    CommandKind.REDRIVE,
}
"""These commands are done when a read at the provider confirms the result, or, for a redrive, when
the record was handled."""


class CommandState(StrEnum):
    SENT = "sent"
    NO_RESPONSE = "no response"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True)
class CommandStatus:
    state: CommandState
    detail: str
    final: bool


def status_of(
    command: dict[str, Any] | None,
    target: dict[str, Any] | None,
    *,
    issued_at: datetime,
    now: datetime,
) -> CommandStatus:
    """Returns the status of a command.

    `command` is the command's view, or None if it is not projected yet. `target` is the view of the
    VPS or dead letter that the command is about.
    """
    found = command or {}
    if found.get("refused_at"):
        return CommandStatus(CommandState.REFUSED, found["refusal"], final=True)
    if accepted_at := found.get("accepted_at"):
        return _accepted(KIND_BY_TYPE.get(found.get("type", "")), target or {}, accepted_at)
    if now - issued_at > _RESPONSE_WITHIN:
        detail = "the responsible service is not responding; it carries out the command later"
        return CommandStatus(CommandState.NO_RESPONSE, detail, final=False)
    return CommandStatus(CommandState.SENT, "", final=False)


def _accepted(
    kind: CommandKind | None, target: dict[str, Any], accepted_at: datetime
) -> CommandStatus:
    if kind not in _DONE_WHEN_PROVEN or _since(accepted_at, target.get("proven_at")):
        return CommandStatus(CommandState.DONE, "", final=True)
    attention = target.get("attention") or {}
    if _since(accepted_at, attention.get("since")):
        return CommandStatus(CommandState.FAILED, attention["message"], final=True)
    return CommandStatus(CommandState.ACCEPTED, "in progress", final=False)


def _since(accepted_at: datetime, at: datetime | None) -> bool:
    return at is not None and at >= accepted_at
