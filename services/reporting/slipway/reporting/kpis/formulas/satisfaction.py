"""The mean of the latest votes of all admins, from 1 to 5."""

import math
import statistics

from slipway.reporting.kpis.inputs import KpiInputs, Vote
from slipway.reporting.kpis.kpi import KpiValue, Unit

_Z = 1.96


def satisfaction(inputs: KpiInputs) -> KpiValue:
    latest: dict[str, Vote] = {}
    for vote in sorted(inputs.votes, key=lambda vote: vote.at):
        latest[vote.admin] = vote
    scores = [vote.score for vote in latest.values()]
    details = {"asked": inputs.admins_asked, "answered": len(scores)}
    if not scores:
        return KpiValue(None, 0, Unit.SCORE, details=details)
    mean = statistics.fmean(scores)
    half = _Z * statistics.pstdev(scores) / math.sqrt(len(scores))
    return KpiValue(
        mean, len(scores), Unit.SCORE, (max(mean - half, 1.0), min(mean + half, 5.0)), details
    )
