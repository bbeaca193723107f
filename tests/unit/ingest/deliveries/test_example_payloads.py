"""Each example of GHL's payloads has the expected parsing result."""

import json
from pathlib import Path

import pytest
from slipway.contracts.deliveries import DeliveryChannel, Hint, IgnoreRule
from slipway.contracts.subscriptions import Verdict
from slipway.ingest.deliveries.parsing.parser import parse_webhook
from slipway.ingest.ghl.record import read_fields

from tests.support.builders.ghl_records import assessed, item, order

FIXTURES = Path(__file__).parents[3] / "fixtures" / "ghl"
LOCATION = "locTESTvps00000000001"
CONTACT = Hint(location_id=LOCATION, contact_id="conTESTcust0000000001")
ORDER = CONTACT.model_copy(update={"order_id": "68d0000000000000000000a1"})

TABLE: dict[str, Hint | IgnoreRule | str] = {
    "signed/app_install_location.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/app_payment_status_failed.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/app_uninstall_location.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/plan_change.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/location_create.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/saas_plan_create_object.json": IgnoreRule.PATH_NOT_ENABLED,
    "signed/contact_create.json": IgnoreRule.EVENT_NOT_USED,
    "signed/contact_tag_update.json": CONTACT,
    "signed/invoice_paid.json": CONTACT,
    "signed/invoice_partially_paid.json": CONTACT,
    "signed/invoice_void.json": CONTACT,
    "signed/order_create_recurring.json": ORDER,
    # Unrendered merge fields are no values, so the call names nothing.
    "unsigned/custom_webhook_body.template.json": "names no location",
    "unsigned/workflow_webhook_payment_received.json": ORDER,
    "unsigned/workflow_webhook_subscription_contact_only.json": CONTACT.model_copy(
        update={"claimed_status": "canceled"}
    ),
}
RESPONSES = {
    "api/oauth_token.v2021.json",  # not used: a private token needs no refresh (H27)
    "api/oauth_token.v3.json",
    "api/transactions_list.json",  # not used: a charge says nothing about the subscription
    "api/subscription_get.json",
    "api/subscriptions_list.json",
}


@pytest.mark.parametrize("name", TABLE)
def test_an_example_payload_has_its_parsing_result(name: str) -> None:
    channel = DeliveryChannel.SIGNED if name.startswith("signed") else DeliveryChannel.WORKFLOW
    found = parse_webhook(channel, (FIXTURES / name).read_bytes(), {LOCATION})
    match TABLE[name]:
        case Hint() as hint:
            assert found.hints == (hint,)
            assert (found.ignore_rule, found.quarantine_reason) == (None, None)
        case IgnoreRule() as rule:
            assert (found.hints, found.ignore_rule) == ((), rule)
            assert found.quarantine_reason is None
        case str() as reason:
            assert (found.hints, found.ignore_rule) == ((), None)
            assert reason in str(found.quarantine_reason)


def test_every_example_payload_is_in_the_table() -> None:
    names = {
        str(path.relative_to(FIXTURES))
        for kind in ("signed", "unsigned", "api")
        for path in FIXTURES.glob(f"{kind}/*.json")
    }
    assert names == set(TABLE) | RESPONSES


@pytest.mark.parametrize("name", [name for name in TABLE if name.startswith("signed")])
def test_a_signed_example_has_its_webhook_id(name: str) -> None:
    body = json.loads((FIXTURES / name).read_bytes())
    found = parse_webhook(DeliveryChannel.SIGNED, json.dumps(body).encode(), {LOCATION})
    assert found.webhook_id == body["webhookId"]
    assert found.event_type == body["type"]
    assert found.sent_at is not None


def test_the_example_record_becomes_an_entitlement() -> None:
    record = json.loads((FIXTURES / "api/subscription_get.json").read_bytes())
    entitlement = assessed(record, order(item("price_small", 2))).entitlement
    assert (entitlement.verdict, entitlement.plan, entitlement.quantity) == (
        Verdict.RUNNING,
        "small",
        2,
    )
    assert entitlement.subscription_id == f"{LOCATION}:68d0000000000000000000b1"


def test_list_rows_with_strings_for_numbers_and_booleans_are_read_correctly() -> None:
    rows = json.loads((FIXTURES / "api/subscriptions_list.json").read_bytes())["data"]
    plain, stringly = (read_fields(row) for row in rows)
    assert (plain.status, plain.amount, plain.live) == ("active", "24", True)
    assert (stringly.status, stringly.amount, stringly.live) == ("canceled", "24", False)
