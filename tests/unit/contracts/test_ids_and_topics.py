"""Ids are split as they were joined; each published stream has its topic and its key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.contracts import topics
from slipway.contracts.ids import (
    category_of,
    ghl_id_of,
    id_of,
    location_of,
    stream_of,
    subscription_id,
    subscription_of,
    vps_id,
)
from slipway.contracts.topics import key_of, topic_of

_word = st.text("abcXYZ019_", min_size=1, max_size=24)
# GHL's ids are opaque: hyphens and colons may stand in them one day.
_ghl_id = st.text("abcXYZ019-:_", min_size=1, max_size=24)


@given(location=_word, ghl_id=_ghl_id, ordinal=st.integers(1, 999))
def test_a_vps_id_contains_its_subscription_and_location(
    location: str, ghl_id: str, ordinal: int
) -> None:
    subscription = subscription_id(location, ghl_id)
    assert subscription_of(vps_id(subscription, ordinal)) == subscription
    assert location_of(subscription) == location
    assert ghl_id_of(subscription) == ghl_id


@given(category=_word, id_=_ghl_id)
def test_a_stream_is_split_at_its_first_hyphen(category: str, id_: str) -> None:
    stream = stream_of(category, id_)
    assert (category_of(stream), id_of(stream)) == (category, id_)


@given(location=_word, ghl_id=_ghl_id, ordinal=st.integers(1, 999))
def test_one_customers_story_has_one_key(location: str, ghl_id: str, ordinal: int) -> None:
    subscription = subscription_id(location, ghl_id)
    streams = [
        stream_of("subscription", subscription),
        stream_of("writeback", subscription),
        stream_of("vps", vps_id(subscription, ordinal)),
    ]
    assert {key_of(stream) for stream in streams} == {subscription}


@pytest.mark.parametrize("stream", ["brake-all", "incident-parked:x", "delivery-signed:w-1"])
def test_a_stream_that_names_no_subscription_is_its_own_key(stream: str) -> None:
    assert key_of(stream) == stream


def test_a_stream_of_an_unpublished_category_has_no_topic() -> None:
    assert topic_of("session-1") is None


def test_all_topics_but_two_keep_everything() -> None:
    forgetting = {topic.name for topic in topics.ALL if topic.retention_ms != topics.FOREVER}
    assert forgetting == {"webhooks", "heartbeats"}


def test_every_published_category_has_a_topic_that_is_created() -> None:
    used = {topic.name for topic in topics._BY_CATEGORY.values()}
    assert used | {"webhooks"} == {topic.name for topic in topics.ALL}
