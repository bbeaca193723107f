"""Table of all rules: whether an event is a symptom of a cause or a recovery from it (pure).

A Symptom opens the incident of its cause and subject, or is added to the open incident. A Recovery
ends symptoms. An incident without symptoms is resolved. `inbox` calls it.
"""

from slipway.contracts.envelope import Message, Recorded
from slipway.notifier.incidents.rules import (
    accounts,
    channels,
    dead_letters,
    deliveries,
    locations,
    operations,
    quantity,
    safety_brake,
    servers,
    subscriptions,
)
from slipway.notifier.incidents.rules.result import RuleResult, Rules

_MODULES = (
    accounts,
    channels,
    dead_letters,
    deliveries,
    locations,
    operations,
    quantity,
    safety_brake,
    servers,
    subscriptions,
)


def _combined() -> Rules:
    """Returns the rules of all files in one table.

    Raises ValueError if two files have a rule for the same event.
    """
    combined = Rules()
    for module in _MODULES:
        for event, rule in module.RULES.items():
            if event in combined:
                raise ValueError(f"{event.__name__} has two rules")
            combined[event] = rule
    return combined


_RULES = _combined()


def apply_rules(recorded: Recorded) -> list[RuleResult]:
    """Returns the symptoms and recoveries that this event shows. Most events show none."""
    rule = _RULES.get(type(recorded.event))
    return [] if rule is None else list(rule(recorded.event, recorded.time))


def has_rule(event: Message) -> bool:
    return type(event) in _RULES
