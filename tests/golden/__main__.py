"""`python -m tests.golden`: writes what is missing: new types, fields with defaults, enum values.

What stands in a file is what has been published, so it is never changed or removed from here.
"""

import sys
from typing import Any

from slipway.contracts.codec import REGISTRY
from slipway.contracts.envelope import Message

from tests.support.builders.example_message import enums, example, least
from tests.support.builders.golden_files import LEAST, VALUES, read, write


def main() -> None:
    for type_, cls in REGISTRY.items():
        _complete(type_, cls)
    for name, values in enums().items():
        known = read(name, VALUES) or []
        if set(values) - set(known):
            write(name, sorted({*known, *values}), VALUES)


def _merged(example: Any, published: Any) -> Any:
    """Returns the published value with the fields that it lacks, at any depth."""
    if not isinstance(example, dict) or not isinstance(published, dict):
        return published
    return {**example, **{k: _merged(example.get(k), v) for k, v in published.items()}}


def _complete(type_: str, cls: type[Message]) -> None:
    published = read(type_)
    added = cls.model_fields.keys() - (published or {}).keys()
    for field in added if published is not None else ():
        if cls.model_fields[field].is_required():
            sys.exit(f"{type_}: {field} needs a default, or the type a new version")
    complete = _merged(example(cls), published or {})
    if complete != published:
        write(type_, complete)
        sys.stdout.write(f"written: {type_}\n")
    if read(type_, LEAST) is None:
        write(type_, least(cls), LEAST)


if __name__ == "__main__":
    main()
