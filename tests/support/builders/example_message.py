"""Deterministic examples of any message class, with all fields or only the required ones.

`tests.golden` writes them to files.
"""

import types
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from slipway.contracts import codec

_PLAIN = {int: 3, float: 1.5, bool: True, AwareDatetime: "2026-01-02T03:04:05Z"}


def example(model: type[BaseModel]) -> dict[str, Any]:
    """Returns the JSON data of a message with all fields."""
    return {name: _value(name, field.annotation) for name, field in model.model_fields.items()}


def least(model: type[BaseModel]) -> dict[str, Any]:
    """Returns the minimal JSON data: required fields only, and null where the field allows it."""
    return {
        name: _least(name, field.annotation)
        for name, field in model.model_fields.items()
        if field.is_required() or type(None) in get_args(field.annotation)
    }


def enums() -> dict[str, list[str]]:
    """Returns the published enums and their values."""
    return {
        name: [str(member.value) for member in value]
        for module in codec._MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Enum) and list(value)
    }


def _least(name: str, annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return least(annotation)
    if type(None) in get_args(annotation):
        return None
    return [] if get_origin(annotation) in {tuple, list} else _value(name, annotation)


def _value(name: str, annotation: Any) -> Any:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation is str:
        return f"some {name}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return example(annotation)
    return _composed(name, annotation)


def _composed(name: str, annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        (wanted,) = (argument for argument in arguments if argument is not type(None))
        return _value(name, wanted)
    if origin is Annotated:
        return _value(name, arguments[0])
    if origin in {tuple, list}:
        return [_value(name, arguments[0])]
    if origin is dict:
        return {f"a {name}": _value(name, arguments[1])}
    raise TypeError(f"{name}: no example for {annotation}")
