"""`plans.yaml`: every promise is written down; an error names plan, field and fix."""

import pytest
from slipway.contracts.subscriptions import EndOfPlan
from slipway.ingest.subscriptions.plans import BadPlans, parse_plans


def plans(terms: str) -> str:
    return f"prices: {{p1: small}}\nplans:\n  small: {terms}\n"


@pytest.mark.parametrize(("field", "left"), [("grace", "hold: 7d"), ("hold", "grace: 3d")])
def test_a_plan_without_grace_or_hold_is_refused_with_the_fix(field: str, left: str) -> None:
    with pytest.raises(BadPlans) as error:
        parse_plans(plans(f"{{{left}}}"))
    assert f"plan small has no {field}: write " in str(error.value)
    assert "for example" in str(error.value)


def test_a_null_or_a_duration_without_a_unit_names_its_plan_and_field() -> None:
    for value in ("null", "3", "-1d", "true"):
        with pytest.raises(BadPlans, match=r"plans\.small\.hold: "):
            parse_plans(plans(f"{{grace: 3d, hold: {value}}}"))


@pytest.mark.parametrize("hold", ["3651d", "999999999999w", "99999999999999999999s"])
def test_a_duration_beyond_ten_years_is_refused(hold: str) -> None:
    with pytest.raises(BadPlans, match=r"plans\.small\.hold: "):
        parse_plans(plans(f"{{grace: 0, hold: {hold}}}"))


def test_a_plan_ends_at_the_paid_through_date_unless_it_says_otherwise() -> None:
    assert parse_plans(plans("{grace: 0, hold: 0}")).by_price["p1"].terms.end is (
        EndOfPlan.PAID_THROUGH
    )
    at_once = parse_plans(plans("{grace: 0, hold: 0, end: at_once}"))
    assert at_once.by_price["p1"].terms.end is EndOfPlan.AT_ONCE
    with pytest.raises(BadPlans, match=r"plans\.small\.end: .*paid_through"):
        parse_plans(plans("{grace: 0, hold: 0, end: later}"))
