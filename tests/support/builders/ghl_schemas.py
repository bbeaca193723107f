"""Validates JSON by GHL's schemas, which use type, required, properties and items."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SCHEMAS = Path(__file__).parents[2] / "fixtures" / "ghl_schemas"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.json").read_text())
    return found


def mismatches(value: Any, wanted: dict[str, Any], at: str = "$") -> list[str]:
    """Returns the violations: a missing required field, an undocumented field, a wrong type."""
    return list(_mismatches(value, wanted, at))


def _mismatches(value: Any, wanted: dict[str, Any], at: str) -> Iterator[str]:
    kind = wanted.get("type")
    # The schemas call some strings objects. Their examples show the real type.
    careless = kind == "object" and isinstance(wanted.get("example"), str)
    if isinstance(kind, str) and not careless and not isinstance(value, _TYPES[kind]):
        yield f"{at} is {type(value).__name__}, not {kind}"
        return
    properties = wanted.get("properties", {})
    if isinstance(value, dict) and properties:
        yield from (
            f"{at}.{name} is missing" for name in wanted.get("required", ()) if name not in value
        )
        for name, inner in value.items():
            if name not in properties:
                yield f"{at}.{name} is not documented"
            else:
                yield from _mismatches(inner, properties[name], f"{at}.{name}")
    if isinstance(value, list) and "items" in wanted:
        for place, inner in enumerate(value):
            yield from _mismatches(inner, wanted["items"], f"{at}[{place}]")
