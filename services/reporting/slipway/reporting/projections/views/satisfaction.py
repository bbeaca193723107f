"""The satisfaction votes of the admins. The KPI counts each admin's latest vote."""

from slipway.contracts.envelope import Recorded
from slipway.contracts.feedback import SatisfactionVoted
from slipway.reporting.projections.projection import Projection, View

COLLECTION = "votes"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.id,)


def _project(view: View, recorded: Recorded) -> View:
    if not isinstance(recorded.event, SatisfactionVoted):
        return view
    vote = recorded.event
    return {
        **view,
        "admin": vote.admin,
        "score": vote.score,
        "comment": vote.comment,
        "at": vote.voted_at,
    }


PROJECTION = Projection(COLLECTION, (SatisfactionVoted,), _keys, _project)
