"""Rendered messages: the main ones word for word, and the parts that every message has."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slipway.contracts import deliveries, incidents, subscriptions, vps
from slipway.contracts.codec import load
from slipway.contracts.envelope import Message, Meta, Recorded
from slipway.contracts.incidents import AffectedCustomer, Occasion
from slipway.notifier.incidents import decider as incident
from slipway.notifier.incidents.commands import Raise
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.incidents.rules.table import apply_rules
from slipway.notifier.incidents.state import INITIAL
from slipway.notifier.message_text import MessageText, duration_text
from slipway.notifier.notifications.port import RenderedMessage
from slipway.notifier.notifications.render import Notice, render, render_fallback

from tests.support.builders.example_message import example
from tests.unit.notifier.test_rules import SYMPTOMS

SINCE = datetime(2026, 10, 5, 9, 15, tzinfo=UTC)
PORTAL = "https://portal.agency.example/"
FAULT = {"kind": "rejected", "code": "invalid_input", "message": "the image does not exist"}


def shown_by(cls: type[Message], **fields: Any) -> Symptom:
    event = load(cls.TYPE, {**example(cls), "subscription_id": "loc:ada", **fields})
    recorded = Recorded(
        stream="s-1", version=1, time=SINCE, event=event, meta=Meta(correlation_id="c")
    )
    return next(one for one in apply_rules(recorded) if isinstance(one, Symptom))


def message_of(
    symptom: Symptom, occasion: Occasion = Occasion.OPENED, **more: Any
) -> RenderedMessage:
    raised = incident.decide(Raise(symptom, SINCE), INITIAL)
    [opened] = raised
    assert isinstance(opened, incidents.IncidentOpened)
    named = opened.model_copy(update={"incident_id": "abc.1"})
    fields = {"now": SINCE, "remind_at": opened.remind_at} | more
    return render(Notice(named, occasion, **fields), portal_url=PORTAL)


def text_of(message: RenderedMessage) -> str:
    return f"{message.subject}\n{message.body}"


ADAS = {"vps_id": "loc:ada-1", "contact_id": "contact-ada", "plan": "small"}


def parked() -> Symptom:
    found = shown_by(vps.OperationParked, **ADAS, fault=FAULT, attempts=5)
    return Symptom(**{**vars(found), "contact_id": "contact-ada", "plan": "small"})


def test_a_parked_creation_word_for_word() -> None:
    assert text_of(message_of(parked())) == (
        "A paid VPS is not running [abc.1]\n"
        "the image does not exist [invalid_input]. Slipway stopped after 5 attempts.\n"
        "Customer: contact-ada (subscription loc:ada)\n"
        "Plan: small\n"
        "Since: 2026-10-05 09:15 UTC\n"
        "What happens next: This VPS waits for you. Fix the cause and press Retry in the portal. "
        "Or make the change at the provider and press Resolved by hand.\n"
        "Reminder at 09:30 UTC unless an operator presses Acknowledge in the portal.\n"
        "Details: https://portal.agency.example/incidents/abc.1\n"
    )


def test_a_resolved_incident_word_for_word() -> None:
    assert text_of(
        message_of(parked(), Occasion.RESOLVED, resolution="The server is running.")
    ) == (
        "Resolved: A paid VPS is not running [abc.1]\n"
        "The server is running. The incident was: the image does not exist [invalid_input]. "
        "Slipway stopped after 5 attempts.\n"
        "Customer: contact-ada (subscription loc:ada)\n"
        "Plan: small\n"
        "Since: 2026-10-05 09:15 UTC\n"
        "What happens next: Nothing to do.\n"
        "Details: https://portal.agency.example/incidents/abc.1\n"
    )


def test_an_overdue_creation_word_for_word() -> None:
    late = shown_by(incidents.ExpectationMissed, **ADAS, kind="create")
    assert text_of(message_of(late)).splitlines()[:2] == [
        "A paid VPS is not running [abc.1]",
        "The change is overdue: the provider has not confirmed it in time.",
    ]


def test_a_paused_account_word_for_word() -> None:
    paused = shown_by(
        vps.AccountPaused,
        account_id="hetzner/main",
        subscription_id=None,
        fault={"kind": "auth", "code": "unauthorized", "message": "The token is not accepted."},
        next_probe_at=SINCE + timedelta(seconds=30),
    )
    assert text_of(message_of(paused)) == (
        "The provider account hetzner/main does not work [abc.1]\n"
        "The token is not accepted [unauthorized]. All changes at this account wait. Nothing is "
        "lost.\n"
        "Customer: not specific to one customer\n"
        "Plan: not specific to one plan\n"
        "Since: 2026-10-05 09:15 UTC\n"
        "What happens next: Slipway tries again at least every 30 seconds. When the account "
        "works again, all waiting changes are made together. If the token was changed, set the new "
        "one.\n"
        "Reminder at 09:30 UTC unless an operator presses Acknowledge in the portal.\n"
        "Details: https://portal.agency.example/incidents/abc.1\n"
    )


def test_an_unmapped_price_that_grows_word_for_word() -> None:
    unmapped = shown_by(subscriptions.PlanUnmapped, price_id="price_9", product_name="VPS XL")
    grown = message_of(unmapped, Occasion.GREW, symptom_count=50)
    assert text_of(grown).startswith(
        "Growing: A customer pays and gets nothing: price price_9 has no plan [abc.1]\n"
        "50 are affected now. VPS XL is sold in GHL, but plans.yaml does not say which plan it "
        "means.\n"
        "Customer: some contact_id (subscription some subscription_id) and others, 50 in all\n"
    )


BUYERS = [AffectedCustomer(subscription_id=f"loc:s{n}", contact_id=f"c{n}") for n in (1, 2, 3)]


@pytest.mark.parametrize("occasion", [Occasion.GREW, Occasion.REMINDER])
def test_a_message_names_the_customers_who_are_affected_now(occasion: Occasion) -> None:
    unmapped = shown_by(subscriptions.PlanUnmapped, price_id="price_9")
    three = message_of(unmapped, occasion, symptom_count=3, customers=BUYERS).body
    names = "c1 (subscription loc:s1), c2 (subscription loc:s2), c3 (subscription loc:s3)"
    assert f"Customer: {names}\n" in three
    seven = message_of(unmapped, occasion, symptom_count=7, customers=BUYERS).body
    assert f"Customer: {names} and 4 more, 7 in all\n" in seven
    assert "7 are affected now." in seven


@pytest.mark.parametrize("occasion", Occasion)
@pytest.mark.parametrize("hours", [0.1, 0.25, 1, 30])
def test_no_message_announces_a_reminder_that_is_past(occasion: Occasion, hours: float) -> None:
    body = message_of(parked(), occasion, now=SINCE + timedelta(hours=hours)).body
    assert ("Reminder at 09:30 UTC" in body) is (
        hours == 0.1 and occasion in {Occasion.OPENED, Occasion.GREW}
    )


def test_a_reminder_on_another_day_has_its_date() -> None:
    tomorrow = SINCE + timedelta(days=1)
    assert "Reminder at 2026-10-06 09:15 UTC" in message_of(parked(), remind_at=tomorrow).body


def test_an_acknowledged_incident_announces_no_reminder() -> None:
    assert "Reminder" not in message_of(parked(), Occasion.GREW, remind_at=None).body


_FUTURE = datetime(2031, 12, 31, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize("cls", [pytest.param(cls, id=cls.TYPE) for cls in SYMPTOMS])
def test_no_text_of_a_rule_has_a_placeholder_or_a_time_except_since_when(
    cls: type[Message],
) -> None:
    times = {
        name: _FUTURE
        for name, field in cls.model_fields.items()
        if "datetime" in str(field.annotation).lower() and name != "since"
    }
    optional = {
        name: None
        for name, field in cls.model_fields.items()
        if field.default is None and name != "retry_at"
    }
    for fields in (times, optional):
        shown = shown_by(cls, **fields)
        text = f"{shown.title} {shown.explanation} {shown.next_step}"
        assert "2031" not in text
        assert "23:59" not in text
        assert not re.search(r"<|>|\{|\}|None|null|unknown|undefined", text), text


def test_a_reminder_word_for_word() -> None:
    reminder = text_of(message_of(parked(), Occasion.REMINDER)).splitlines()
    assert reminder[0] == "Reminder: A paid VPS is not running [abc.1]"
    assert reminder[1].startswith("Still open and not acknowledged. the image")
    assert reminder[-2] == (
        "Reminders continue until an operator presses Acknowledge in the portal."
    )


def test_a_quarantined_webhook_is_said_to_be_kept() -> None:
    kept = shown_by(deliveries.DeliveryQuarantined, reason="locationId is missing")
    assert "locationId is missing.\n" in message_of(kept).body
    assert "Slipway keeps the webhook." in message_of(kept).body


@pytest.mark.parametrize("occasion", Occasion)
@pytest.mark.parametrize("cls", [pytest.param(cls, id=cls.TYPE) for cls in SYMPTOMS])
def test_every_message_has_all_parts(cls: type[Message], occasion: Occasion) -> None:
    message = message_of(shown_by(cls), occasion, symptom_count=3, resolution="done")
    lines = message.body.splitlines()
    for start in ("Customer: ", "Plan: ", "Since: 2026-", "What happens next: "):
        [line] = [line for line in lines if line.startswith(start)]
        assert line.rstrip(" ") >= start
    assert lines[-1].startswith("Details: https://portal.agency.example/incidents/")
    assert message.subject.endswith(" [abc.1]")
    assert "None" not in text_of(message)
    assert "\n\n" not in message.body


def test_a_possible_second_copy_says_so_in_its_subject() -> None:
    first, second = message_of(parked()), message_of(parked(), repeat=True)
    assert second.subject == f"{first.subject} (repeat: you may have received this before)"
    assert second.body == first.body


def test_a_subject_is_always_one_line() -> None:
    orphan = shown_by(vps.ServerOrphaned, name="a\nBcc: everyone@example.com")
    assert "\n" not in message_of(orphan).subject
    assert "\n" not in render_fallback(MessageText("a\nb", "c", "d"), SINCE).subject


def test_only_an_open_urgent_incident_is_urgent() -> None:
    today = shown_by(deliveries.DeliveryQuarantined)
    assert message_of(parked()).urgent
    assert not message_of(parked(), Occasion.RESOLVED).urgent
    assert not message_of(today).urgent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((1, "1 second"), (90, "90 seconds"), (120, "2 minutes"), (7199, "119 minutes")),
        *((7200, "2 hours"), (90000, "25 hours")),
    ],
)
def test_durations_use_the_largest_fitting_unit(seconds: int, words: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == words
