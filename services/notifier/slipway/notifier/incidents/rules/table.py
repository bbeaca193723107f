"""Pure table: which event is a symptom of what, and which event shows that it is over.

A Symptom raises the incident of its cause and subject, or joins it. A Recovery ends symptoms. An
incident without symptoms is resolved. `inbox` calls it.
"""

from slipway.contracts.envelope import Message, Recorded
from slipway.notifier.incidents.rules import inbound as inbound_rules
from slipway.notifier.incidents.rules import vps as vps_rules
from slipway.notifier.incidents.rules.result import Finding, Rules

_RULES = Rules(vps_rules.RULES | inbound_rules.RULES)


def findings(recorded: Recorded) -> list[Finding]:
    """What this event shows; empty for most."""
    rule = _RULES.get(type(recorded.event))
    return [] if rule is None else list(rule(recorded.event, recorded.time))


def judged(event: Message) -> bool:
    """Whether there is a rule for such an event."""
    return type(event) in _RULES
