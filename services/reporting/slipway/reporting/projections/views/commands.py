"""Commands of operators and admins: sent, accepted, or refused with a reason.

Each event that a command causes has the command's id as its causation id. A causation id with a
slash is the id of an event, because command ids contain no slash.
"""

from slipway.contracts import commands
from slipway.contracts.envelope import Event, Recorded
from slipway.reporting.projections.projection import Projection, View

COLLECTION = "commands"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event, cause = recorded.event, recorded.meta.causation_id
    if isinstance(event, commands.Command | commands.CommandRefused):
        return (event.command_id,)
    return (cause,) if cause and "/" not in cause else ()


def _project(view: View, recorded: Recorded) -> View:
    match recorded.event:
        case commands.Command() as command:
            target = command.model_dump(exclude={"command_id", "issued_at", "actor", "reason"})
            return {
                **view,
                "type": command.TYPE,
                "issued_at": command.issued_at,
                "actor": command.actor,
                "reason": command.reason,
                "target": target,
            }
        case commands.CommandRefused(reason=reason):
            return {**view, "refused_at": recorded.time, "refusal": reason}
        case _ if recorded.time == view.get("accepted_at"):
            return view
        case _:
            accepted_at = min(view.get("accepted_at", recorded.time), recorded.time)
            return {**view, "accepted_at": accepted_at}


PROJECTION = Projection(COLLECTION, (commands.Command, Event), _keys, _project)
