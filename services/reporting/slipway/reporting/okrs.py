"""Reads the file okrs.yaml: launch date, KPI targets, and objectives with key results (pure).

The service reads it at start. An error names the place in the file and the fix.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import Kpi, Target, judged
from slipway.reporting.kpis.scorecard import KPIS, MEASURES

Operator = Literal["<", "<=", ">", ">=", "="]


class OkrsUnreadable(Exception):
    """Raised if okrs.yaml is invalid. The message names the place in the file and the fix."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Aim(_Strict):
    operator: Operator
    target: float

    def as_target(self) -> Target:
        return Target(self.operator, self.target)


class KeyResult(Aim):
    title: str
    measure: str
    deadline: date


class Objective(_Strict):
    title: str
    key_results: Annotated[tuple[KeyResult, ...], Field(min_length=1)]


class Okrs(_Strict):
    launch: date | datetime | None = None
    """The time from which uptime counts. If None, uptime counts from the first probe."""
    targets: dict[str, Aim]
    objectives: tuple[Objective, ...] = ()

    def launched_at(self) -> datetime | None:
        if self.launch is None:
            return None
        if isinstance(self.launch, datetime):
            return self.launch if self.launch.tzinfo else self.launch.replace(tzinfo=UTC)
        return datetime(self.launch.year, self.launch.month, self.launch.day, tzinfo=UTC)

    def kpi_targets(self) -> dict[str, Target]:
        return {name: aim.as_target() for name, aim in self.targets.items()}


@dataclass(frozen=True)
class Progress:
    """The current state of a key result."""

    key_result: KeyResult
    kpi: Kpi
    days_left: int


def parse(text: str) -> Okrs:
    """Returns the content of okrs.yaml. Raises OkrsUnreadable."""
    try:
        okrs = Okrs.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise OkrsUnreadable(f"okrs.yaml is not YAML: {error}") from error
    except ValidationError as error:
        raise OkrsUnreadable(f"okrs.yaml: {_places(error)}") from error
    _check("targets", okrs.targets, KPIS)
    measures = [result.measure for goal in okrs.objectives for result in goal.key_results]
    _check("measure", measures, MEASURES)
    return okrs


def progress(okrs: Okrs, inputs: KpiInputs) -> list[tuple[Objective, list[Progress]]]:
    today = inputs.window.now.date()
    return [
        (goal, [_progress_of(result, inputs, today) for result in goal.key_results])
        for goal in okrs.objectives
    ]


def _progress_of(result: KeyResult, inputs: KpiInputs, today: date) -> Progress:
    kpi_value = MEASURES[result.measure](inputs)
    kpi = judged(result.measure, kpi_value, result.as_target())
    return Progress(result, kpi, (result.deadline - today).days)


def _check(place: str, names: Any, known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise OkrsUnreadable(
                f"okrs.yaml: {place} {name!r} is unknown: use one of {', '.join(known)}"
            )


def _places(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()
    )
