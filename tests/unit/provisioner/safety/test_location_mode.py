"""A location observes until an admin lets it act (H29)."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from slipway.contracts.commands import CommandRefused, SetLocationMode
from slipway.contracts.vps import LocationFound, LocationModeSet
from slipway.provisioner.safety.location_mode import LOCATION, NoteLocation

from tests.support.dsl.deciding import given

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def to(mode: str, id_: str = "mine") -> SetLocationMode:
    who = {"actor": "user:ada", "reason": "ready"}
    return SetLocationMode(command_id=id_, issued_at=NOON, location_id="loc1", mode=mode, **who)


def test_a_new_location_observes_and_is_found_once() -> None:
    found = given(LOCATION).when(NoteLocation("loc1"))
    found.then(LocationFound(location_id="loc1", mode="observe"))
    assert not found.state.acts
    given(LOCATION).after([NoteLocation("loc1")]).when(NoteLocation("loc1")).then_nothing()


def test_an_admin_lets_a_location_act_and_stops_it() -> None:
    assert given(LOCATION).when(to("act")).then_types(LocationModeSet).state.acts
    back = given(LOCATION).after([to("act")]).when(to("observe", "other"))
    assert not back.then_types(LocationModeSet).state.acts


def test_a_repeated_command_changes_nothing() -> None:
    after = given(LOCATION).after([to("act"), to("observe", "other")])
    after.when(to("act")).then_nothing()


def test_a_mode_that_is_set_already_or_unknown_is_refused() -> None:
    (same,) = given(LOCATION).after([to("act")]).when(to("act", "other")).events
    assert isinstance(same, CommandRefused)
    assert "act already" in same.reason
    with pytest.raises(ValidationError, match="'observe' or 'act'"):
        to("dance")


def test_a_location_whose_mode_is_set_counts_as_found() -> None:
    given(LOCATION).after([to("act")]).when(NoteLocation("loc1")).then_nothing()
