"""The result of parsing one payload: records to look up, nothing to do, or unreadable.

`parser` combines the results of one body.
"""

from dataclasses import dataclass

from slipway.contracts.deliveries import Hint, IgnoreRule


@dataclass(frozen=True)
class Lookup:
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class NothingToDo:
    rule: IgnoreRule


@dataclass(frozen=True)
class Unreadable:
    reason: str


ParsingResult = Lookup | NothingToDo | Unreadable
