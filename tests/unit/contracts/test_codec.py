"""The codec returns what it was given, upcasts old versions, and fails in two ways only."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.contracts import codec
from slipway.contracts.codec import REGISTRY, UnknownType, Unreadable, dump, from_record, load
from slipway.contracts.envelope import Event, Message, Meta, headers_of
from slipway.contracts.feedback import SatisfactionVoted
from slipway.contracts.upcasting import UPCASTERS

from tests.support.builders.any_message import messages

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VOTE = SatisfactionVoted(admin="a@b.example", score=5, voted_at=AT)


def headers(
    type_: str = VOTE.TYPE, changes: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    written = headers_of(
        epoch=2,
        stream="feedback-a",
        version=7,
        type_=type_,
        time=AT,
        meta={"correlation_id": "c", "causation_id": "x", "traceparent": "00-a-b-01"},
        source="reporting",
    )
    merged = {**written, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def body(message: Message) -> bytes:
    return json.dumps(dump(message)).encode()


@given(st.data())
def test_every_message_survives_the_round_trip(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(sorted(REGISTRY.values(), key=lambda cls: cls.TYPE)))
    message = data.draw(messages(cls))
    assert load(cls.TYPE, json.loads(json.dumps(dump(message)))) == message


def test_type_names_carry_their_topic_and_a_schema_version() -> None:
    for type_ in REGISTRY:
        product, _topic, _name, version = type_.split(".")
        assert product == "slipway"
        assert version.removeprefix("v").isdigit()


def test_a_record_keeps_its_stream_version_epoch_time_and_reason() -> None:
    recorded = from_record(body(VOTE), headers())
    assert recorded.id == "2/feedback-a/7"
    assert recorded.time == AT
    assert recorded.event == VOTE
    assert recorded.meta == Meta(correlation_id="c", causation_id="x", traceparent="00-a-b-01")


def test_a_field_that_a_newer_writer_added_is_ignored() -> None:
    assert load(VOTE.TYPE, {**dump(VOTE), "mood": "fine"}) == VOTE


def test_a_type_newer_than_the_reader_is_unknown_and_never_skipped() -> None:
    newer = VOTE.TYPE.replace(".v1", ".v2")
    with pytest.raises(UnknownType):
        from_record(body(VOTE), headers(newer))


def test_an_old_version_is_upcast_step_by_step_to_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def renamed(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "old.v1", {**data, "stars": data["points"]}

    def doubled(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return VOTE.TYPE, {**data, "score": data["stars"] // 2}

    monkeypatch.setitem(UPCASTERS, "old.v0", renamed)
    monkeypatch.setitem(UPCASTERS, "old.v1", doubled)
    old = {"admin": "a@b.example", "points": 10, "voted_at": AT.isoformat()}
    assert load("old.v0", old) == VOTE
    assert from_record(json.dumps(old).encode(), headers("old.v0")).event == VOTE


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        pytest.param(b"{", {}, id="half a body"),
        pytest.param(b"\xff\xfe\xfa", {}, id="bytes that are no text"),
        pytest.param(None, {}, id="a tombstone"),
        pytest.param(b"[1]", {}, id="a list where an object belongs"),
        pytest.param(b"null", {}, id="null"),
        pytest.param(b'"text"', {}, id="a text"),
        pytest.param(b"{}", {}, id="no fields"),
        pytest.param(b"[" * 100_000, {}, id="nested without end"),
        pytest.param(body(VOTE), {"ce_type": None}, id="no type"),
        pytest.param(body(VOTE), {"ce_subject": None}, id="no stream"),
        pytest.param(body(VOTE), {"ce_sequence": "seven"}, id="a version that is no number"),
        pytest.param(body(VOTE), {"ce_sequence": "0"}, id="a version below 1"),
        pytest.param(body(VOTE), {"ce_epoch": "-1"}, id="an epoch below 0"),
        pytest.param(body(VOTE), {"ce_time": "yesterday"}, id="a time that is none"),
        pytest.param(body(VOTE), {"ce_time": "2026-01-02T03:04:05"}, id="a time without a zone"),
        pytest.param(body(VOTE), {"ce_correlationid": None}, id="no correlation"),
    ],
)
def test_every_unreadable_record_raises_unreadable(
    value: bytes | None, changes: dict[str, str | None]
) -> None:
    with pytest.raises(Unreadable):
        from_record(value, headers(changes=changes))


@given(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from(sorted(headers())), st.text(max_size=20)),
)
def test_the_codec_raises_only_its_two_errors(value: bytes, changes: dict[str, str]) -> None:
    try:
        recorded = from_record(value, headers(changes=changes))
    except (UnknownType, Unreadable):
        return
    assert isinstance(recorded.event, Message)


def test_an_error_names_the_field_and_never_its_value() -> None:
    with pytest.raises(Unreadable, match="score") as caught:
        load(VOTE.TYPE, {**dump(VOTE), "score": "whisper"})
    assert "whisper" not in str(caught.value)


def test_a_command_is_not_read_as_an_event() -> None:
    command = next(cls for cls in REGISTRY.values() if not issubclass(cls, Event))
    with pytest.raises(Unreadable, match="not an event"):
        codec.load_event(
            command.TYPE,
            dump(command.model_construct(command_id="1", issued_at=AT, actor="a", reason="r"))
            | {"vps_id": "v"},
        )
