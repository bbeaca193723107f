"""Due work that fails again and again, as heartbeats report it (pure). `health` uses it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, shared_symptom
from slipway.notifier.monitoring import text


@dataclass
class FailingSteps:
    """Remembers the reported streams of each service, so that a recovery can be reported later."""

    _reported: dict[str, set[str]] = field(default_factory=dict)

    def evaluate(self, service: str, heartbeats: Sequence[Heartbeat]) -> list[RuleResult]:
        """Returns a symptom for each failing stream, a recovery for each that no longer fails."""
        failing: dict[str, datetime] = {}
        for heartbeat in heartbeats:
            failing |= heartbeat.failing_steps
        ended = self._reported.get(service, set()) - failing.keys()
        self._reported[service] = set(failing)
        cause, reason = IncidentCause.STEP_FAILING, "The work is done, or another process has it."
        symptoms: list[RuleResult] = [
            shared_symptom(
                cause, service, stream, Severity.NOW, since, text.step_failing(service, stream)
            )
            for stream, since in failing.items()
        ]
        if not failing:
            return [Recovery(cause, service, None, reason)]
        return [*symptoms, *(Recovery(cause, service, stream, reason) for stream in sorted(ended))]
