"""A person's decision as a command: what may be asked for, by whom, with which fields (pure).

The page issues the id, so that a click repeated after a time-out is the same decision (H21).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from slipway.contracts import commands
from slipway.contracts.commands import Command
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.reporting.ports import Person, Role


class NotAllowed(Exception):
    """This person's role doesn't cover it."""


class Malformed(Exception):
    """No such decision, or a field is missing; the message says which."""


KINDS: Mapping[str, tuple[type[Command], Role]] = {
    "retry": (commands.RetryOperation, Role.OPERATOR),
    "resolve": (commands.ResolveManually, Role.OPERATOR),
    "create": (commands.CreateVps, Role.OPERATOR),
    "delete": (commands.DeleteVps, Role.ADMIN),
    "hold": (commands.HoldVps, Role.OPERATOR),
    "lift-hold": (commands.LiftHold, Role.OPERATOR),
    "adopt": (commands.AdoptServer, Role.ADMIN),
    "ignore": (commands.IgnoreVps, Role.ADMIN),
    "release": (commands.ReleaseVps, Role.ADMIN),
    "location-mode": (commands.SetLocationMode, Role.ADMIN),
    "reset-brake": (commands.ResetBrake, Role.ADMIN),
    "replay": (commands.ReplayDelivery, Role.OPERATOR),
    "check": (commands.CheckSubscription, Role.OPERATOR),
    "acknowledge": (commands.AcknowledgeIncident, Role.OPERATOR),
    "resolve-incident": (commands.ResolveIncident, Role.OPERATOR),
    "redrive": (commands.RedriveDeadLetter, Role.OPERATOR),
    "skip": (commands.SkipDeadLetter, Role.ADMIN),
}
KIND_OF = {command.TYPE: kind for kind, (command, _) in KINDS.items()}


def may(person: Person, kind: str) -> bool:
    return kind in KINDS and person.role >= KINDS[kind][1]


def decided(
    kind: str, fields: Mapping[str, Any], *, command_id: str, person: Person, now: datetime
) -> Command:
    """Raises NotAllowed or Malformed."""
    if kind not in KINDS:
        raise Malformed(f"no decision {kind!r}: one of {', '.join(KINDS)}")
    if not may(person, kind):
        raise NotAllowed(f"{kind} needs the role {KINDS[kind][1].name.lower()}")
    if not command_id or "/" in command_id:
        raise Malformed("command_id: needed, and without a slash")
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    try:
        return KINDS[kind][0].model_validate(
            {
                **given,
                "command_id": command_id,
                "issued_at": now,
                "actor": person.actor,
                "reason": _reason(kind, fields),
            }
        )
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise Malformed("; ".join(problems)) from error


def recorded(command: Command, traceparent: str | None) -> Recorded:
    """The command in a stream of its own; its id is what everything that follows refers to."""
    return Recorded(
        stream=stream_of("command", command.command_id),
        version=1,
        time=command.issued_at,
        event=command,
        meta=Meta(correlation_id=command.command_id, traceparent=traceparent, actor=command.actor),
    )


def must_say(kind: str) -> bool:
    """What only an admin may do destroys, lets loose or gives away: never without a reason."""
    return KINDS[kind][1] is Role.ADMIN


def _reason(kind: str, fields: Mapping[str, Any]) -> str:
    said = str(fields.get("reason") or "").strip()
    if not said and must_say(kind):
        raise Malformed("reason: say why, it stays in the history")
    return said or "no reason given"
