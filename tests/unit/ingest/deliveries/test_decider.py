"""The delivery's decider: a delivery ends once, and an admin may replay it."""

import pytest
from slipway.contracts.commands import CommandRefused
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryChannel,
    DeliveryIgnored,
    DeliveryQuarantined,
    DeliveryReceived,
    DeliveryReplayed,
    Hint,
    IgnoreRule,
)
from slipway.ingest.deliveries.decider import (
    DELIVERY,
    Apply,
    Command,
    Ignore,
    Quarantine,
    RefuseReplay,
    Replay,
)

from tests.support.builders.ghl_records import NOW
from tests.support.dsl.deciding import given

SIGNED = DeliveryChannel.SIGNED

ID = "signed:w1"
HINT = Hint(location_id="loc1", order_id="o1")
RECEIVED = DeliveryReceived(
    delivery_id=ID,
    channel=SIGNED,
    event_type="OrderCreate",
    location_id="loc1",
    webhook_id="w1",
    received_at=NOW,
    raw=None,
    hints=(HINT,),
)
QUARANTINED = DeliveryQuarantined(delivery_id=ID, channel=SIGNED, reason="odd")
REPLAY = Replay("command1", (HINT,), None, None)


def test_a_received_delivery_is_due_at_once() -> None:
    state = DELIVERY.fold([RECEIVED])
    assert (DELIVERY.due_at(state), DELIVERY.is_open(state)) == (NOW, True)


@pytest.mark.parametrize(
    ("command", "end"),
    [
        (
            Apply(("loc1:s1",), changed=True),
            DeliveryApplied(
                delivery_id=ID,
                channel=SIGNED,
                subscription_ids=("loc1:s1",),
                changed=True,
            ),
        ),
        (
            Ignore(IgnoreRule.NO_VPS_TAG),
            DeliveryIgnored(delivery_id=ID, channel=SIGNED, rule=IgnoreRule.NO_VPS_TAG),
        ),
        (Quarantine("odd"), QUARANTINED),
    ],
)
def test_a_delivery_ends_once(command: Command, end: DeliveryApplied) -> None:
    decided = given(DELIVERY, RECEIVED).when(command).then(end)
    assert DELIVERY.due_at(decided.state) is None
    assert not DELIVERY.is_open(decided.state)
    given(DELIVERY, RECEIVED, end).when(command).then_nothing()
    given(DELIVERY, RECEIVED, end).when(Quarantine("later")).then_nothing()


def test_an_unknown_delivery_never_ends() -> None:
    given(DELIVERY).when(Ignore(IgnoreRule.NO_VPS_TAG)).then_nothing()


def test_a_replayed_delivery_is_due_again_and_a_repeated_replay_is_ignored() -> None:
    decided = given(DELIVERY, RECEIVED, QUARANTINED).when(REPLAY).then_types(DeliveryReplayed)
    assert DELIVERY.is_open(decided.state)
    assert DELIVERY.due_at(decided.state) == NOW
    given(DELIVERY, *decided.before, *decided.events).when(REPLAY).then_nothing()


def test_a_replay_of_an_unfinished_delivery_is_refused_with_a_reason() -> None:
    decided = given(DELIVERY, RECEIVED).when(REPLAY).then_types(CommandRefused)
    given(DELIVERY, *decided.before, *decided.events).when(REPLAY).then_nothing()
    refuse = RefuseReplay("command1", "its body is gone from Kafka")
    given(DELIVERY, RECEIVED, QUARANTINED).when(refuse).then_types(CommandRefused)
