"""GHL's status words to what they mean for a server: one table (docs/ghl.md, Statuses).

The words are the union of UI, trigger filters and payment providers; an unknown one changes
nothing and a person hears of it.
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


_TABLE = {
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
_BY_WORD = {word: kind for kind, words in _TABLE.items() for word in words.split()}


def word_of(status: object) -> str:
    """Trimmed and lower-cased, spaces and hyphens as underscores; empty for anything but a word."""
    return (text(status) or "").lower().replace(" ", "_").replace("-", "_")


def classify(status: object) -> StatusClass:
    return _BY_WORD.get(word_of(status), StatusClass.UNKNOWN)
