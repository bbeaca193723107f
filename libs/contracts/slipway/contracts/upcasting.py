"""Converts old versions of messages to the newest version (pure). `codec` calls it on each read.

A version that was once published must stay readable for ever, because the store, Kafka and backups
still contain it.
"""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Upcaster = Callable[[Data], tuple[str, Data]]

_LONG_AGO = "2000-01-01T00:00:00Z"


def _write_back_requested_v1(data: Data) -> tuple[str, Data]:
    """Adds the fields that v2 requires.

    A v1 request without `requested_at` was never processed. It gets an old time here, so it becomes
    due immediately.
    """
    lifted = {"source_epoch": 0, "source_version": 0, **data}
    lifted["requested_at"] = data.get("requested_at") or _LONG_AGO
    return "slipway.subscriptions.write-back-requested.v2", lifted


_CHECK_ANSWERS = {"gone": "confirmed", "paying": "contradicted"}


def _answered_v1(type_: str) -> Upcaster:
    """Upcasts from v1, which has no kind of operation and only the answers of deletions."""

    def lift(data: Data) -> tuple[str, Data]:
        answer = _CHECK_ANSWERS.get(data["answer"], data["answer"])
        return type_, {**data, "kind": "delete", "answer": answer}

    return lift


UPCASTERS: dict[str, Upcaster] = {
    "slipway.subscriptions.write-back-requested.v1": _write_back_requested_v1,
    "slipway.subscriptions.checked.v1": _answered_v1("slipway.subscriptions.checked.v2"),
    "slipway.vps.release-answered.v1": _answered_v1("slipway.vps.release-answered.v2"),
}
"""Maps an old type to a function that returns (newer type, newer data). `codec` repeats this until
the type is current."""
