"""Reads settings from the environment. An error names the variable and the fix."""

import json
import re
import sys
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from pydantic_settings.exceptions import SettingsError

S = TypeVar("S", bound=BaseSettings)

_USAGE = 2
_PLACE = r"(\[[0-9a-fA-F:]+\]|[^\s,:/@\[\]]+)"
_KAFKA = re.compile(rf"{_PLACE}:\d{{1,5}}(,{_PLACE}:\d{{1,5}})*")
_HOSTS = rf"{_PLACE}(:\d{{1,5}})?(,{_PLACE}(:\d{{1,5}})?)*"
_MONGODB = re.compile(rf"mongodb(\+srv)?://([^:@/\s]+(:[^:@/\s]*)?@)?{_HOSTS}(/\S*)?")


def _kafka_url(value: str) -> str:
    if not _KAFKA.fullmatch(value):
        raise ValueError("it must be host:port, several with commas between, and no scheme")
    return value


def _mongodb_url(value: str) -> str:
    if not _MONGODB.fullmatch(value):
        raise ValueError(
            "it must be mongodb://host:port/…, : / @ in a password written as %3A %2F %40"
        )
    return value


KafkaUrl = Annotated[str, AfterValidator(_kafka_url)]
MongodbUrl = Annotated[str, AfterValidator(_mongodb_url), Field(repr=False)]
"""The URL may contain a password, so it is never printed."""
Port = Annotated[int, Field(ge=1, le=65_535)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]


def load(cls: type[S]) -> S:
    """Returns the settings.

    On an error, exits with status 2 and one line for each wrong variable.
    """
    try:
        return cls()
    except ValidationError as error:
        cures = [_cure(cls, item["loc"], item["msg"]) for item in error.errors()]
    except SettingsError as error:
        # Raised for the first composite field whose text is not JSON. The message names the field.
        named = re.search(r'field "(\w+)"', str(error))
        cures = [_cure(cls, (named[1],) if named else (), "it must be JSON")]
    sys.stderr.write("\n".join(["settings to put right:", *cures, ""]))
    sys.exit(_USAGE)


def describe(cls: type[BaseSettings]) -> str:
    """Returns one line for each variable, with its name, meaning and default.

    `--help` prints the lines.
    """
    lines = ["environment variables:"]
    for name, field in cls.model_fields.items():
        lines.append(f"  {variable(cls, name):38} {field.description or ''} ({_default(field)})")
    return "\n".join(lines)


def _default(field: FieldInfo) -> str:
    """Returns a text about the default value, written as in an environment variable."""
    if field.is_required():
        return "required"
    if field.default is None:
        return "not set by default"
    value = field.default
    return f"default: {json.dumps(value) if isinstance(value, tuple | dict) else value}"


def variable(cls: type[BaseSettings], field: str) -> str:
    return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


def _cure(cls: type[BaseSettings], place: tuple[int | str, ...], problem: str) -> str:
    """Returns one line that names the variable and the fix.

    It omits the value, which may be secret.
    """
    name = str(place[0]) if place else ""
    field = cls.model_fields.get(name)
    meaning = f" It is: {field.description}." if field is not None and field.description else ""
    said = problem.removeprefix("Value error, ")
    if field is None:
        return f"  {said}"
    inner = "".join(f" at {part!r}" for part in place[1:])
    return f"  {variable(cls, name)}{inner}: {said}. Set it in the environment.{meaning}"
