"""What went wrong, who is on it, and how soon somebody was told."""

from datetime import timedelta

from slipway.contracts import incidents
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    View,
    is_news,
    minute_of,
    ms_between,
    seen,
)
from slipway.reporting.projections.sketch import duration

COLLECTION = "incidents"
TOLD_WITHIN = timedelta(minutes=5)


def _keys(recorded: Recorded) -> tuple[str, ...]:
    match recorded.event:
        case incidents.IncidentEvent(incident_id=incident_id):
            return (incident_id,)
        case incidents.NotificationEvent(incident_id=incident_id):
            return (incident_id,)
        case _:
            return ()


def _project(view: View, recorded: Recorded) -> View:
    if not is_news(view, recorded):
        return view
    known: View = (
        view if "state" in view else {**view, "state": "open", "symptom_count": 1, "told": 0}
    )
    return {**known, **_changes(known, recorded), "seen": seen(view, recorded)}


def _changes(view: View, recorded: Recorded) -> View:  # noqa: PLR0911 - a table
    match recorded.event:
        case incidents.IncidentOpened() as opened:
            facts = opened.model_dump(mode="python", exclude={"incident_id", "severity"})
            facts |= {"severity": opened.severity.value, "opened_at": recorded.time}
            return facts | {"version": recorded.version}
        case incidents.IncidentGrew(symptom_count=count):
            return {"symptom_count": count, "version": recorded.version}
        case incidents.IncidentAcknowledged(actor=actor, reason=reason):
            acknowledged = {"by": actor, "reason": reason, "at": recorded.time}
            return {"acknowledged": acknowledged, "version": recorded.version}
        case incidents.IncidentResolved() as over:
            resolved = {"by": over.actor, "reason": over.reason, "at": recorded.time}
            return {"state": "resolved", "resolved": resolved, "symptom_count": over.symptom_count}
        case incidents.NotificationSent(occasion=occasion, channel=channel):
            told = {"told": view["told"] + 1, "told_by": channel}
            if occasion == "opened":
                told["told_at"] = min(view.get("told_at") or recorded.time, recorded.time)
            return told
        case incidents.NotificationFailed(problem=problem):
            return {"telling_failed": problem}
        case _:
            return {}


def _measures(view: View) -> Measures:
    if "opened_at" not in view:
        return {}
    minute = minute_of(view["since"])
    counts = {(minute, "told.incidents"): 1}
    if told_at := view.get("told_at"):
        after = ms_between(view["since"], told_at)
        counts[minute, "told.in_time"] = int(timedelta(milliseconds=after) <= TOLD_WITHIN)
        for name, number in duration("told", after).items():
            counts[minute, name] = number
    return counts


PROJECTION = Projection(
    COLLECTION,
    (incidents.IncidentEvent, incidents.NotificationEvent),
    _keys,
    _project,
    _measures,
)
