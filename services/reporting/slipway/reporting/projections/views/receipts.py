"""The time from the arrival of a webhook until the server is ready.

Each correlation id has one document. `DeliveryReceived` sets the beginning, and `VpsReady` the end.
"""

from datetime import datetime

from slipway.contracts.deliveries import DeliveryReceived
from slipway.contracts.envelope import Recorded
from slipway.contracts.vps import VpsReady
from slipway.reporting.projections.projection import (
    Measures,
    Projection,
    View,
    minute_of,
    ms_between,
)
from slipway.reporting.projections.sketch import duration

COLLECTION = "receipts"


def _keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.meta.correlation_id,)


def _project(view: View, recorded: Recorded) -> View:
    match recorded.event:
        case DeliveryReceived(received_at=received_at):
            return {**view, "received_at": min(view.get("received_at", received_at), received_at)}
        case VpsReady(vps_id=vps_id, by_admin=False):
            ready = dict(view.get("ready", {}))
            ready[vps_id] = min(ready.get(vps_id, recorded.time), recorded.time)
            return {**view, "ready": ready}
        case _:
            return view


def _measures(view: View) -> Measures:
    counts: dict[tuple[datetime, str], int] = {}
    if "received_at" in view:
        for ready_at in view.get("ready", {}).values():
            took = ms_between(view["received_at"], ready_at)
            for name, number in duration("from_receipt", took).items():
                key = (minute_of(ready_at), name)
                counts[key] = counts.get(key, 0) + number
    return counts


PROJECTION = Projection(COLLECTION, (DeliveryReceived, VpsReady), _keys, _project, _measures)
