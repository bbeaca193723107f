"""What a source may say about one payload: look here, nothing to do (and the rule), or unreadable.

`reading` hands it to the inbox, which stores it with the delivery.
"""

from dataclasses import dataclass

from slipway.contracts.deliveries import Hint, IgnoreRule


@dataclass(frozen=True)
class Look:
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Ignore:
    rule: IgnoreRule


@dataclass(frozen=True)
class Quarantine:
    reason: str


Outcome = Look | Ignore | Quarantine
