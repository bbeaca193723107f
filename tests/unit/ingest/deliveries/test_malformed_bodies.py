"""Malformed bodies: unknown types, missing fields, wrong JSON types, arrays and invalid bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.contracts.deliveries import DeliveryChannel, IgnoreRule, RawRef
from slipway.eventstore.documents import entries_of
from slipway.ingest.deliveries.envelope import ReceivedWebhook, kafka_headers, new_delivery
from slipway.ingest.deliveries.parsing.parser import MAX_HINTS, ParsedWebhook, parse_webhook

from tests.support.builders.ghl_records import NOW

SIGNED = DeliveryChannel.SIGNED
WORKFLOW = DeliveryChannel.WORKFLOW

LOCATION = "loc1"


def signed(**body: Any) -> ParsedWebhook:
    return parse_webhook(SIGNED, json.dumps({"locationId": LOCATION, **body}).encode(), {LOCATION})


def workflow(**body: Any) -> ParsedWebhook:
    whole = {"location": {"id": LOCATION}, **body}
    return parse_webhook(WORKFLOW, json.dumps(whole).encode(), {LOCATION})


def test_an_invented_event_type_is_ignored_by_rule() -> None:
    assert signed(type="SubscriptionTeleported").ignore_rule == IgnoreRule.EVENT_NOT_USED
    assert signed(type=["OrderCreate"]).ignore_rule == IgnoreRule.EVENT_NOT_USED
    assert signed().ignore_rule == IgnoreRule.EVENT_NOT_USED


def test_an_event_of_an_unknown_location_is_ignored() -> None:
    found = parse_webhook(
        SIGNED, b'{"type":"OrderCreate","locationId":"other","_id":"o"}', {LOCATION}
    )
    assert found.ignore_rule == IgnoreRule.UNKNOWN_LOCATION


def test_a_missing_field_is_quarantined_with_its_name() -> None:
    assert "_id" in str(signed(type="OrderCreate").quarantine_reason)
    assert "subscription_id" in str(workflow().quarantine_reason)
    bare = parse_webhook(WORKFLOW, b'{"contact_id":"c"}', {LOCATION})
    assert "location_id" in str(bare.quarantine_reason)


def test_an_invoice_without_a_type_is_recognised_by_its_fields() -> None:
    found = signed(invoiceNumber="7", status="paid", contactDetails={"id": "c"})
    assert found.hints[0].contact_id == "c"
    assert signed(invoiceNumber="7", status="sent").ignore_rule == IgnoreRule.INVOICE_NOT_SETTLED


def test_nested_data_is_accepted_and_flat_fields_win() -> None:
    found = signed(type="OrderCreate", data={"_id": "nested", "contactId": "c"}, _id="flat")
    assert (found.hints[0].order_id, found.hints[0].contact_id) == ("flat", "c")


def test_an_array_is_one_delivery_with_all_its_hints_and_no_single_id() -> None:
    orders = [
        {"type": "OrderCreate", "locationId": LOCATION, "_id": f"o{n}", "webhookId": f"w{n}"}
        for n in range(2)
    ]
    found = parse_webhook(SIGNED, json.dumps([*orders, None, 7]).encode(), {LOCATION})
    assert [hint.order_id for hint in found.hints] == ["o0", "o1"]
    assert found.webhook_id is None


def test_an_array_of_thousands_of_events_is_quarantined() -> None:
    orders = [{"type": "OrderCreate", "locationId": LOCATION, "_id": f"o{n}"} for n in range(5000)]
    found = parse_webhook(SIGNED, json.dumps(orders).encode(), {LOCATION})
    assert found.hints == ()
    assert str(MAX_HINTS) in str(found.quarantine_reason)


def test_the_maximum_of_hints_fits_into_an_event() -> None:
    longest = "😀" * 256
    orders = [
        {"location": {"id": LOCATION}, "customData": {"order_id": f"{n:03}{longest[3:]}", **fields}}
        for n in range(MAX_HINTS)
        for fields in [{"subscription_id": longest, "contact_id": longest, "status": "past_due"}]
    ]
    headers = dict(kafka_headers(ReceivedWebhook(WORKFLOW, NOW, "c", None)))
    text = {name: value.decode() for name, value in headers.items()}
    raw = RawRef(topic="webhooks", partition=0, offset=1)
    found = new_delivery(text, json.dumps(orders).encode(), raw, {LOCATION}, NOW)
    assert len(found.event.hints) == MAX_HINTS
    assert entries_of([found.event], after_version=0, epoch=0, now=NOW, meta=found.meta)


def test_a_payment_of_five_thousand_orders_is_quarantined_too() -> None:
    lines = [{"meta": {"order_id": f"o{n}"}} for n in range(5000)]
    assert str(MAX_HINTS) in str(workflow(payment={"line_items": lines}).quarantine_reason)


def test_numbers_are_accepted_as_strings_and_strings_as_numbers() -> None:
    found = signed(type="OrderCreate", _id=17, items=[{"qty": "2", "price": {"type": "recurring"}}])
    assert found.hints[0].order_id == "17"


def test_a_huge_number_does_not_affect_the_other_fields() -> None:
    body = b'{"type":"OrderCreate","locationId":"loc1","_id":"o","amount":' + b"9" * 10_000 + b"}"
    assert parse_webhook(SIGNED, body, {LOCATION}).hints[0].order_id == "o"


def test_an_order_of_one_time_items_is_no_subscription() -> None:
    once = {"price": {"type": "one_time"}}
    assert (
        signed(type="OrderCreate", _id="o", items=[once]).ignore_rule
        == IgnoreRule.NOT_A_SUBSCRIPTION
    )
    mixed = signed(type="OrderCreate", _id="o", items=[once, {"price": {"type": "recurring"}}])
    assert mixed.hints


def test_an_id_of_the_payment_provider_is_not_used_as_a_subscription_id() -> None:
    found = workflow(customData={"subscription_id": "sub_123", "contact_id": "c"})
    assert (found.hints[0].subscription_id, found.hints[0].contact_id) == (None, "c")


def test_an_overlong_id_is_not_used() -> None:
    assert "_id" in str(signed(type="OrderCreate", _id="x" * 100_000).quarantine_reason)
    assert signed(type="y" * 100_000).event_type is None
    assert signed(type="OrderCreate", _id="o", webhookId="w" * 100_000).webhook_id is None


@pytest.mark.parametrize("half", ["\\ud800", "a\\u0000b", "\\u001b[2J"])
def test_text_that_cannot_be_stored_is_no_value(half: str) -> None:
    body = f'{{"type":"OrderCreate","locationId":"loc1","_id":"{half}","webhookId":"{half}"}}'
    found = parse_webhook(SIGNED, body.encode(), {LOCATION})
    assert found.webhook_id is None
    assert "_id" in str(found.quarantine_reason)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b'{"type": "Order\xff"}',
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{",
        b"[" * 100_000,
        b'{"type":"OrderCreate","locationId":"loc1","_id":' + b"9" * 10_000 + b"}",
        b'{"a":' * 50_000,
    ],
    ids=lambda body: repr(body[:16]),
)
@pytest.mark.parametrize("channel", [SIGNED, WORKFLOW])
def test_an_unreadable_body_is_quarantined_with_a_reason(
    channel: DeliveryChannel, body: bytes
) -> None:
    found = parse_webhook(channel, body, {LOCATION})
    assert found.quarantine_reason
    assert not found.hints


_KEYS = st.sampled_from(
    [
        *("type", "locationId", "altId", "_id", "id", "data", "items", "price", "contactId"),
        *("contactDetails", "status", "tags", "webhookId", "timestamp", "location", "meta"),
        *("customData", "payment", "line_items", "order_id", "event"),
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("aé{ 9", max_size=6),
    lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner),
    max_leaves=8,
)
_TYPES = st.sampled_from(["OrderCreate", "InvoicePaid", "ContactTagUpdate", "INSTALL", None, 7])


@given(
    st.dictionaries(_KEYS, _JSON),
    _TYPES,
    st.sampled_from([SIGNED, WORKFLOW]),
)
def test_any_body_has_exactly_one_parsing_result(
    body: dict[str, Any], kind: object, channel: DeliveryChannel
) -> None:
    whole = {**body, "type": kind} if kind else body
    found = parse_webhook(channel, json.dumps(whole).encode(), {LOCATION})
    outcomes = [bool(found.hints), bool(found.ignore_rule), bool(found.quarantine_reason)]
    assert outcomes.count(True) == 1
