"""Old versions of messages, lifted to the next; `codec` applies them to all it reads (pure).

A version that was once published is read for ever: from the store, from Kafka, from a backup.
"""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Upcaster = Callable[[Data], tuple[str, Data]]

_LONG_AGO = "2000-01-01T00:00:00Z"


def _write_back_wanted_v1(data: Data) -> tuple[str, Data]:
    """v1 might lack its time, and such a wish never fell due: now it is due at once."""
    lifted = {"source_epoch": 0, "source_version": 0, **data}
    lifted["requested_at"] = data.get("requested_at") or _LONG_AGO
    return "slipway.subscriptions.write-back-requested.v2", lifted


UPCASTERS: dict[str, Upcaster] = {
    "slipway.subscriptions.write-back-requested.v1": _write_back_wanted_v1,
}
"""Old type -> function from its data to (next type, data). Applied until no upcaster is left."""
