"""What a plan is built of (`specs.yaml`): resolved once and frozen with its hash (pure, H11)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slipway.contracts.vps import Spec

LONGEST_CLOUD_INIT = 16 * 1024
"""Bytes; what every provider takes."""


class BadSpecs(Exception):
    """Names the plan, the field and the cure."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: str
    account: str
    size: str
    image: str
    regions: tuple[str, ...] = Field(min_length=1)
    ssh_keys: tuple[str, ...] = ()
    cloud_init: str = Field("", max_length=LONGEST_CLOUD_INIT)


@dataclass(frozen=True)
class Specs:
    by_plan: Mapping[str, Spec]

    def of(self, plan: str | None) -> Spec | None:
        return None if plan is None else self.by_plan.get(plan)

    @property
    def accounts(self) -> frozenset[str]:
        """`<provider>/<account>` of every plan."""
        return frozenset(account_of(spec) for spec in self.by_plan.values())


def account_of(spec: Spec) -> str:
    return f"{spec.provider}/{spec.account}"


def hash_of(spec: Spec | None) -> str:
    if spec is None:
        return ""
    text = json.dumps(spec.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parse(text: str) -> Specs:
    """Raises BadSpecs."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadSpecs(f"not YAML: {error}") from error
    plans = read.get("plans") if isinstance(read, dict) else None
    if not isinstance(plans, dict) or not plans:
        raise BadSpecs("plans: needs at least one plan, as `plans: {small: {provider: …}}`")
    return Specs({str(plan): _spec(str(plan), row) for plan, row in plans.items()})


def _spec(plan: str, row: Any) -> Spec:
    try:
        checked = _Row.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadSpecs(f"plans.{plan}.{field}: {first['msg']}") from error
    return Spec(plan=plan, **checked.model_dump())
