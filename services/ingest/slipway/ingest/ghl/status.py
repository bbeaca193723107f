"""Classifies GHL's status words by their meaning for a server (pure).

GHL documents no list of statuses. The words come from its user interface, its trigger filters and
the payment providers (docs/ghl.md). An unknown word changes nothing, and an operator is notified.
"""

from enum import StrEnum

from slipway.ingest.ghl.payload import text


class StatusClass(StrEnum):
    NOT_YET = "not yet paid"
    TRIAL = "trial"
    ACTIVE = "active"
    OVERDUE = "overdue"
    STOPPED = "unpaid or paused"
    ENDED = "ended"
    DISPUTED = "refunded or charged back"
    UNKNOWN = "unknown"


_WORDS = {
    StatusClass.NOT_YET: (
        "incomplete incomplete_expired failed scheduled pending draft approval_pending approved"
    ),
    StatusClass.TRIAL: "trial trialing trialling",
    StatusClass.ACTIVE: "active",
    StatusClass.OVERDUE: "past_due overdue",
    StatusClass.STOPPED: "unpaid paused suspended",
    StatusClass.ENDED: "canceled cancelled expired",
    StatusClass.DISPUTED: "refunded charged_back chargeback disputed",
}
_BY_WORD = {word: class_ for class_, words in _WORDS.items() for word in words.split()}


def normalise(status: object) -> str:
    """Returns the word in lower case with underscores, or an empty text if it is unusable."""
    return (text(status) or "").lower().replace(" ", "_").replace("-", "_")


def classify(status: object) -> StatusClass:
    return _BY_WORD.get(normalise(status), StatusClass.UNKNOWN)
