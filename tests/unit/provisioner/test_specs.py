"""specs.yaml: each mistake is named with its field and its correction."""

from pathlib import Path

import pytest
from slipway.provisioner.specs import LONGEST_CLOUD_INIT, BadSpecs, account_id_of, hash_of, parse

SMALL = "provider: hetzner, account: main, size: cx22, image: debian-12, regions: [fsn1]"


def test_the_shipped_specs_can_be_read() -> None:
    shipped = Path(__file__).parents[3] / "specs.yaml"
    assert parse(shipped.read_text()).accounts


def test_a_plan_is_found_by_its_name() -> None:
    specs = parse(f"plans: {{small: {{{SMALL}}}}}")
    spec = specs.of("small")
    assert spec is not None
    assert (spec.plan, spec.size, spec.regions) == ("small", "cx22", ("fsn1",))
    assert account_id_of(spec) == "hetzner/main"
    assert specs.accounts == {"hetzner/main"}
    assert specs.of("large") is None
    assert specs.of(None) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("plans: [", "not YAML"),
        ("", "plans: needs at least one plan"),
        ("plans: {}", "plans: needs at least one plan"),
        ("- plans", "plans: needs at least one plan"),
        ("plans: {small: null}", "plans.small: write the plan's fields under it"),
        (
            "plans: {small: {provider: hetzner}}",
            "plans.small.account: it is missing: add it",
        ),
        (
            f"plans: {{small: {{{SMALL}, location: fsn1}}}}",
            "plans.small.location: no such field: remove it, or write provider, account",
        ),
        (
            f"plans: {{small: {{{SMALL.replace('[fsn1]', 'fsn1')}}}}}",
            "plans.small.regions: write it as a list",
        ),
        (
            f"plans: {{small: {{{SMALL.replace('[fsn1]', '[]')}}}}}",
            "plans.small.regions: it is empty: name at least one",
        ),
        (
            f"plans: {{small: {{{SMALL.replace('debian-12', '12')}}}}}",
            "plans.small.image: put it in quotes",
        ),
        (
            f"plans: {{small: {{{SMALL.replace('cx22', '')}}}}}",
            "plans.small.size: put it in quotes",
        ),
        (
            f"plans: {{small: {{{SMALL}, cloud_init: 'run.sh 🚀'}}}}",
            "plans.small.cloud_init: write it in ASCII",
        ),
        (
            f"plans: {{small: {{{SMALL}, cloud_init: {'x' * (LONGEST_CLOUD_INIT + 1)}}}}}",
            f"plans.small.cloud_init: shorten it to {LONGEST_CLOUD_INIT} bytes",
        ),
    ],
    ids=[
        "no YAML",
        "nothing",
        "no plan",
        "a list",
        "an empty plan",
        "a field missing",
        "an unknown field",
        "one region as text",
        "no region",
        "a number",
        "an empty field",
        "an emoji",
        "too long",
    ],
)
def test_a_mistake_names_the_field_and_the_correction(text: str, says: str) -> None:
    with pytest.raises(BadSpecs) as bad:
        parse(text)
    assert says in str(bad.value)


def test_the_hash_tells_specs_apart() -> None:
    spec = parse(f"plans: {{small: {{{SMALL}}}}}").of("small")
    assert spec is not None
    assert hash_of(spec) == hash_of(spec.model_copy())
    assert hash_of(spec) != hash_of(spec.model_copy(update={"size": "cx32"}))
    assert hash_of(None) == ""
