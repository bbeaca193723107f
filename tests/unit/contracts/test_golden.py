"""What was once published must be read for ever: a renamed, dropped or retyped field fails here.

A change that breaks takes a new type name and an upcaster from the old one. After a change that
only adds, `python -m tests.golden` completes the files.
"""

import pytest
from slipway.contracts.codec import REGISTRY, dump, load
from slipway.contracts.upcasting import UPCASTERS

from tests.support.builders import golden_files as goldens
from tests.support.builders.example_message import enums

RUN = "run `python -m tests.golden`"


@pytest.mark.parametrize("type_", goldens.names())
def test_every_published_message_can_still_be_read(type_: str) -> None:
    published = goldens.read(type_)
    message = load(type_, published)
    if type_ not in UPCASTERS:
        now = dump(message)
        assert {field: now.get(field) for field in published} == published


@pytest.mark.parametrize("type_", goldens.names(goldens.LEAST))
def test_every_field_that_was_optional_stays_optional(type_: str) -> None:
    published = goldens.read(type_, goldens.LEAST)
    message = load(type_, published)
    if type_ not in UPCASTERS:
        now = dump(message)
        assert {field for field in published if field not in now} == set()


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_every_field_of_every_type_stands_in_its_golden_files(type_: str) -> None:
    missing = set(REGISTRY[type_].model_fields) - set(goldens.read(type_) or ())
    assert not missing, f"{type_}: {RUN}"
    assert goldens.read(type_, goldens.LEAST) is not None, f"{type_}: {RUN}"


@pytest.mark.parametrize(("name", "values"), enums().items())
def test_every_published_enum_value_can_still_be_read(name: str, values: list[str]) -> None:
    assert sorted(values) == goldens.read(name, goldens.VALUES), RUN


def test_no_published_type_was_forgotten() -> None:
    assert set(goldens.names()) <= set(REGISTRY) | set(UPCASTERS)
    assert set(goldens.names()) == set(goldens.names(goldens.LEAST))
    assert set(goldens.names(goldens.VALUES)) == set(enums())


def test_every_old_version_has_a_golden_file_and_ends_in_a_newer_one() -> None:
    for old in UPCASTERS:
        new, _ = UPCASTERS[old](goldens.read(old))
        name, _, version = old.rpartition(".v")
        assert new == f"{name}.v{int(version) + 1}"
