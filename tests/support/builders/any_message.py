"""Hypothesis strategies for any message, with all values that the fields of its class allow."""

import types
from collections.abc import Sequence
from datetime import UTC
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from slipway.contracts.envelope import Message

_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_times = st.datetimes(timezones=st.just(UTC))


def messages(cls: type[Message]) -> st.SearchStrategy[Message]:
    return _model(cls)


@cache
def _model(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = {
        name: _values(field.annotation, field.metadata)
        for name, field in model.model_fields.items()
    }
    return st.builds(model, **fields)


def _values(annotation: Any, bounds: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    if annotation in {int, float}:
        low: Any = next((bound.ge for bound in bounds if isinstance(bound, Ge)), -(2**53))
        high: Any = next((bound.le for bound in bounds if isinstance(bound, Le)), 2**53)
        return st.integers(low, high) if annotation is int else st.floats(low, high)
    if annotation is bool:
        return st.booleans()
    if annotation is str:
        return _texts
    if annotation is AwareDatetime:
        return _times
    return _composed(annotation)


def _composed(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return st.one_of(
            [st.none() if argument is type(None) else _values(argument) for argument in arguments]
        )
    if origin is tuple:
        return st.lists(_values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_texts, _values(arguments[1]), max_size=3)
    if origin is Annotated:
        return _values(arguments[0], arguments[1].metadata)
    if issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    return _model(annotation)
