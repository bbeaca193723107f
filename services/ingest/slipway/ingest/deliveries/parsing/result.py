"""What a source may say about one payload: look here, nothing to do (and the rule), or unreadable.

`reading` hands it to the inbox, which stores it with the delivery.
"""

from dataclasses import dataclass
from enum import StrEnum

from slipway.contracts.deliveries import Hint


class Rule(StrEnum):
    """Why a delivery needs nothing; shown in the portal and counted as processed."""

    UNKNOWN_LOCATION = "unknown location"
    PATH_NOT_ENABLED = "path not enabled"
    EVENT_NOT_USED = "event type not used"
    NOT_A_SUBSCRIPTION = "order without a recurring item"
    INVOICE_NOT_SETTLED = "invoice neither paid nor void"
    NO_VPS_TAG = "no tag about a VPS"
    NO_SUBSCRIPTION = "no subscription found"


@dataclass(frozen=True)
class Look:
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Ignore:
    rule: Rule


@dataclass(frozen=True)
class Quarantine:
    reason: str


Outcome = Look | Ignore | Quarantine
