"""The incidents: cause, acknowledgement, resolution, and the time of the first notification."""

from datetime import timedelta
from enum import StrEnum

from slipway.contracts import incidents
from slipway.contracts.envelope import Recorded
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    View,
    is_newer,
    mark_seen,
    minute_of,
    ms_between,
)
from slipway.reporting.projections.sketch import duration

COLLECTION = "incidents"
NOTIFIED_WITHIN = timedelta(minutes=5)


class IncidentState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    match recorded.event:
        case incidents.IncidentEvent(incident_id=incident_id):
            return (incident_id,)
        case incidents.NotificationEvent(incident_id=incident_id):
            return (incident_id,)
        case _:
            return ()


def _project(view: View, recorded: Recorded) -> View:
    if not is_newer(view, recorded):
        return view
    known: View = view
    if "state" not in view:
        known = {**view, "state": IncidentState.OPEN, "symptom_count": 1, "notifications": 0}
    return {**known, **_changes(known, recorded), "seen": mark_seen(view, recorded)}


def _changes(view: View, recorded: Recorded) -> View:  # noqa: PLR0911 - a table of events
    match recorded.event:
        case incidents.IncidentOpened() as opened:
            facts = opened.model_dump(mode="python", exclude={"incident_id", "severity"})
            facts |= {"severity": opened.severity.value, "opened_at": recorded.time}
            return facts | {"version": recorded.version}
        case incidents.IncidentGrew() | incidents.IncidentCounted() | incidents.IncidentReminded():
            count = recorded.event.symptom_count or view["symptom_count"]
            return {"symptom_count": count, "version": recorded.version}
        case incidents.IncidentAcknowledged(actor=actor, reason=reason):
            acknowledged = {"by": actor, "reason": reason, "at": recorded.time}
            return {"acknowledged": acknowledged, "version": recorded.version}
        case incidents.IncidentResolved() as over:
            resolved = {"by": over.actor, "reason": over.reason, "at": recorded.time}
            closed = {"state": IncidentState.RESOLVED, "resolved": resolved}
            return {**closed, "symptom_count": over.symptom_count}
        case incidents.NotificationSent(occasion=occasion, channel=channel):
            notified = {"notifications": view["notifications"] + 1, "notified_by": channel}
            if occasion == "opened":
                notified["notified_at"] = min(
                    view.get("notified_at") or recorded.time, recorded.time
                )
            return notified
        case incidents.NotificationFailed(problem=problem):
            return {"notification_problem": problem}
        case _:
            return {}


def _measures(view: View) -> Measures:
    if "opened_at" not in view:
        return {}
    minute = minute_of(view["since"])
    counts = {(minute, "notified.incidents"): 1}
    if notified_at := view.get("notified_at"):
        after = ms_between(view["since"], notified_at)
        counts[minute, "notified.in_time"] = int(timedelta(milliseconds=after) <= NOTIFIED_WITHIN)
        for name, number in duration("notified", after).items():
            counts[minute, name] = number
    return counts


PROJECTION = Projection(
    COLLECTION,
    (incidents.IncidentEvent, incidents.NotificationEvent),
    _keys,
    _project,
    _measures,
)
