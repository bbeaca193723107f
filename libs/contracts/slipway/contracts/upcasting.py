"""Lifts old versions of messages to the newest one; `codec` applies this to all it reads (pure).

A version that was published once stays readable for ever: in the store, in Kafka, in a backup.
"""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Upcaster = Callable[[Data], tuple[str, Data]]

_LONG_AGO = "2000-01-01T00:00:00Z"


def _write_back_requested_v1(data: Data) -> tuple[str, Data]:
    """v1 may lack `requested_at`, and such a request never fell due; v2 makes it due at once."""
    lifted = {"source_epoch": 0, "source_version": 0, **data}
    lifted["requested_at"] = data.get("requested_at") or _LONG_AGO
    return "slipway.subscriptions.write-back-requested.v2", lifted


_CHECK_ANSWERS = {"gone": "confirmed", "paying": "contradicted"}


def _answered_v1(type_: str) -> Upcaster:
    """v1 knows deletions only, and its answers say whether the customer is gone."""

    def lift(data: Data) -> tuple[str, Data]:
        answer = _CHECK_ANSWERS.get(data["answer"], data["answer"])
        return type_, {**data, "kind": "delete", "answer": answer}

    return lift


UPCASTERS: dict[str, Upcaster] = {
    "slipway.subscriptions.write-back-requested.v1": _write_back_requested_v1,
    "slipway.subscriptions.checked.v1": _answered_v1("slipway.subscriptions.checked.v2"),
    "slipway.vps.release-answered.v1": _answered_v1("slipway.vps.release-answered.v2"),
}
"""Old type to the function that returns (next type, next data); applied until none is left."""
