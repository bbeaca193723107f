"""Reads `specs.yaml`, which says how to build the server of each plan (pure, H11).

A Vps stream stores its spec and the spec's hash, so later changes of the file do not affect it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from slipway.contracts.vps import Spec

LONGEST_CLOUD_INIT = 16 * 1024
"""Maximum length in bytes. Every provider accepts this much."""


class BadSpecs(Exception):
    """`specs.yaml` is wrong. The message names the plan, the field and the correction."""


def _accepted_everywhere(text: str) -> str:
    if not text.isascii():
        raise ValueError("write it in ASCII: some providers fail on other characters")
    if len(text) > LONGEST_CLOUD_INIT:
        raise ValueError(f"shorten it to {LONGEST_CLOUD_INIT} bytes: let it download the rest")
    return text


_Text = Annotated[str, StringConstraints(min_length=1)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: _Text
    account: _Text
    size: _Text
    image: _Text
    regions: tuple[_Text, ...] = Field(min_length=1)
    ssh_keys: tuple[_Text, ...] = ()
    cloud_init: Annotated[str, AfterValidator(_accepted_everywhere)] = ""


_CORRECTIONS = {
    "missing": "it is missing: add it",
    "extra_forbidden": f"no such field: remove it, or write {', '.join(_Row.model_fields)}",
    "string_type": "put it in quotes: it has to be text",
    "string_too_short": "it is empty: fill it in",
    "tuple_type": "write it as a list: [one, two]",
    "too_short": "it is empty: name at least one",
    "model_type": "write the plan's fields under it: {provider: …, account: …}",
}


@dataclass(frozen=True)
class Specs:
    by_plan: Mapping[str, Spec]

    def of(self, plan: str | None) -> Spec | None:
        return None if plan is None else self.by_plan.get(plan)

    @property
    def accounts(self) -> frozenset[str]:
        """The account ids, `<provider>/<account>`, of all plans."""
        return frozenset(account_id_of(spec) for spec in self.by_plan.values())


def account_id_of(spec: Spec) -> str:
    return f"{spec.provider}/{spec.account}"


def hash_of(spec: Spec | None) -> str:
    if spec is None:
        return ""
    text = json.dumps(spec.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parse(text: str) -> Specs:
    """Returns the specs of all plans in the file's text. Raises BadSpecs."""
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
        where = ".".join(["plans", plan, *(str(part) for part in first["loc"])])
        raise BadSpecs(f"{where}: {_correction(first)}") from error
    return Spec(plan=plan, **checked.model_dump())


def _correction(problem: ErrorDetails) -> str:
    return _CORRECTIONS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
