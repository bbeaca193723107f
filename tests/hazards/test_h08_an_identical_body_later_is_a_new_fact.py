"""H8: overdue → paid → overdue: the third body equals the first and must not be a duplicate."""

from slipway.contracts.deliveries import Channel, DeliveryApplied
from slipway.contracts.subscriptions import EntitlementGranted, EntitlementSuspended

from tests.support.builders.ghl_records import LOCATION, ORDER, order, record
from tests.support.dsl.ingest_in_memory import World, call


async def test_h08_the_third_of_three_bodies_counts_though_it_equals_the_first() -> None:
    world = World()
    for status in ("past_due", "active", "past_due"):
        world.ghl.has(record(status=status), order())
        stream = await world.deliver(call(status))
        await world.work()
        assert isinstance((await world.events(stream))[-1], DeliveryApplied)
    kinds = [type(event) for event in await world.subscription()]
    assert kinds == [EntitlementSuspended, EntitlementGranted, EntitlementSuspended]
    assert world.counters["duplicates"] == 0


async def test_h08_signed_bodies_are_known_by_their_webhook_id_however_often_they_come() -> None:
    world = World()
    world.ghl.has(record(), order())
    body = {"type": "OrderCreate", "locationId": LOCATION, "_id": ORDER, "webhookId": "w1"}
    streams = {await world.deliver(body, Channel.SIGNED) for _ in range(3)}
    other = await world.deliver({**body, "webhookId": "w2"}, Channel.SIGNED)
    assert len(streams) == 1
    assert other not in streams
    assert world.counters["duplicates"] == 2
