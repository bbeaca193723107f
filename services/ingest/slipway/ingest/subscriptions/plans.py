"""The plan and terms of each price, read from `plans.yaml` once at start (pure).

A price has a plan, is listed under `not_vps`, or is unmapped. An unmapped price raises an incident
and is never ignored (H30).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from slipway.contracts.subscriptions import EndOfPlan, PlanTerms

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MAX_DURATION_DAYS = 3650
"""Longest duration of a plan. A longer one is a typing mistake, and could overflow (H34)."""


class BadPlans(ValueError):
    """`plans.yaml` can't be used. The text names the field and the fix."""


def parse_duration(value: object) -> int:
    """Returns the seconds of `"3d"`, `"90s"` or `0`. Raises ValueError if the unit is missing."""
    found = re.fullmatch(r"(\d{1,12})\s*([smhdw])", str(value).strip())
    if found:
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds > _MAX_DURATION_DAYS * _UNITS["d"]:
            raise ValueError(f"{value!r} is longer than {_MAX_DURATION_DAYS} days")
        return seconds
    if str(value).strip() == "0":
        return 0
    raise ValueError(f'{value!r} is no duration: write 0, "90s", "30m", "12h", "3d" or "2w"')


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    grace: Annotated[int, BeforeValidator(parse_duration)]
    hold: Annotated[int, BeforeValidator(parse_duration)]
    trial: bool = True
    test: bool = False
    end: EndOfPlan = EndOfPlan.PAID_THROUGH


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: dict[str, str]
    plans: dict[str, _Terms]
    not_vps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    name: str
    terms: PlanTerms


@dataclass(frozen=True)
class Plans:
    by_price: Mapping[str, Plan]
    not_vps: frozenset[str] = frozenset()

    def knows(self, price_id: str) -> bool:
        return price_id in self.by_price or price_id in self.not_vps


def parse_plans(text: str) -> Plans:
    """Returns the plans in the text of `plans.yaml`. Raises BadPlans."""
    try:
        file = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise BadPlans(f"not YAML: {error}") from error
    except ValidationError as error:
        raise BadPlans(_problems(error)) from error
    unknown = sorted(set(file.prices.values()) - set(file.plans))
    if unknown:
        raise BadPlans(f"prices name plans that are not under `plans`: {', '.join(unknown)}")
    both = sorted(set(file.prices) & set(file.not_vps))
    if both:
        raise BadPlans(f"under `prices` and under `not_vps`, keep one: {', '.join(both)}")
    return Plans(
        by_price={price: _plan(name, file.plans[name]) for price, name in file.prices.items()},
        not_vps=frozenset(file.not_vps),
    )


def _plan(name: str, terms: _Terms) -> Plan:
    return Plan(
        name,
        PlanTerms(
            grace_seconds=terms.grace,
            hold_seconds=terms.hold,
            trial=terms.trial,
            test=terms.test,
            end=terms.end,
        ),
    )


_CURES = {
    "grace": "write how long a server stays on after a payment became overdue, for example 3d, or "
    "0 to switch it off at once",
    "hold": "write how long the server of an ended subscription is kept before it is deleted, for "
    "example 7d, or 0 to delete it at once",
}
"""For the fields that have no default: leaving one out must not mean destruction at once."""


def _problems(error: ValidationError) -> str:
    return "; ".join(_problem(item) for item in error.errors())


def _problem(item: Any) -> str:
    match item:
        case {"type": "missing", "loc": ("plans", str(plan), str(field))} if field in _CURES:
            return f"plan {plan} has no {field}: {_CURES[field]}"
        case {"loc": loc, "msg": message}:
            where = ".".join(str(part) for part in loc) or "the file"
            return f"{where}: {message}"
        case _:
            return str(item)
