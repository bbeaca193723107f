"""The incident that explains why a VPS needs attention."""

import pytest
from slipway.reporting.portal.incident_lookup import incident_of

_VPS = {"_id": "loc1:sub1-1", "provider": "hetzner", "account": "main", "region": "fsn1"}


@pytest.mark.parametrize(
    ("subjects", "found"),
    [
        (["loc1:sub1-1", "hetzner/main"], "loc1:sub1-1"),
        (["hetzner/main", "hetzner/main/fsn1"], "hetzner/main/fsn1"),
        (["hetzner/main", "hetzner/main/nbg1"], "hetzner/main"),
        (["hetzner/other", "loc1:sub1-2"], None),
        ([], None),
    ],
)
def test_the_most_specific_incident_explains_a_vps(subjects: list[str], found: str | None) -> None:
    incident = incident_of(
        _VPS, [{"_id": f"about {subject}", "subject": subject} for subject in subjects]
    )
    assert (incident or {}).get("subject") == found


def test_an_unknown_vps_has_no_incident() -> None:
    assert incident_of({"_id": "loc1:sub1-1"}, [{"_id": "just arriving"}]) is None
