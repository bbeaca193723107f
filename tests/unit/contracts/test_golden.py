"""What was once published must be read for ever: a renamed, dropped or retyped field fails here.

A change that breaks takes a new type name and an upcaster from the old one. After a change that
only adds, `python -m tests.golden` completes the files.
"""

import pytest
from slipway.contracts.codec import REGISTRY, UPCASTERS, dump, load

from tests.support import goldens


@pytest.mark.parametrize("type_", goldens.types())
def test_a_published_message_is_read_for_ever(type_: str) -> None:
    published = goldens.read(type_)
    message = load(type_, published)
    if type_ not in UPCASTERS:
        now = dump(message)
        assert {field: now.get(field) for field in published} == published


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_every_field_of_every_type_stands_in_its_golden_file(type_: str) -> None:
    missing = set(REGISTRY[type_].model_fields) - set(goldens.read(type_))
    assert not missing, f"{type_}: run `python -m tests.golden`"


def test_no_published_type_was_forgotten() -> None:
    assert set(goldens.types()) <= set(REGISTRY) | set(UPCASTERS)
