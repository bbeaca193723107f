"""The mean of the latest vote of each admin, from 1 to 5."""

import math
import statistics

from slipway.reporting.kpis.evidence import Evidence, Vote
from slipway.reporting.kpis.kpi import Figure

_Z = 1.96


def satisfaction(evidence: Evidence) -> Figure:
    latest: dict[str, Vote] = {}
    for vote in sorted(evidence.votes, key=lambda vote: vote.at):
        latest[vote.admin] = vote
    scores = [vote.score for vote in latest.values()]
    beside = {"asked": evidence.asked, "answered": len(scores)}
    if not scores:
        return Figure(None, 0, "score", beside=beside)
    mean = statistics.fmean(scores)
    half = _Z * statistics.pstdev(scores) / math.sqrt(len(scores))
    return Figure(
        mean, len(scores), "score", (max(mean - half, 1.0), min(mean + half, 5.0)), beside
    )
