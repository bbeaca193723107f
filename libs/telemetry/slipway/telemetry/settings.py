"""Settings from the environment: an error names the variable and the cure; `--help` lists all."""

import sys
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

S = TypeVar("S", bound=BaseSettings)

_USAGE = 2


def load(cls: type[S]) -> S:
    """The settings, or exit 2 with one line for each variable that is missing or wrong."""
    try:
        return cls()
    except ValidationError as error:
        cures = [f"  {_cure(cls, item['loc'], item['msg'])}" for item in error.errors()]
        sys.stderr.write("\n".join(["settings to put right:", *cures, ""]))
        sys.exit(_USAGE)


def describe(cls: type[BaseSettings]) -> str:
    """One line for each variable: name, meaning, default."""
    lines = ["environment variables:"]
    for name, field in cls.model_fields.items():
        default = "required" if field.is_required() else f"default: {field.default}"
        lines.append(f"  {variable(cls, name):38} {field.description or ''} ({default})")
    return "\n".join(lines)


def variable(cls: type[BaseSettings], field: str) -> str:
    return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


def _cure(cls: type[BaseSettings], place: tuple[int | str, ...], problem: str) -> str:
    # The value is left out: it may be a secret.
    name = str(place[0]) if place else ""
    field = cls.model_fields.get(name)
    meaning = f" It is: {field.description}." if field is not None and field.description else ""
    within = "".join(f"{part}: " for part in place[1:])
    return f"{variable(cls, name)}: {within}{problem}. Set it in the environment.{meaning}"
