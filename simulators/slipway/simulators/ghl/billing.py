"""The actions of customers and of the agency. Each changes the records and sends webhooks."""

from dataclasses import dataclass, replace
from datetime import timedelta

from slipway.simulators.fault_triggers import Downtime
from slipway.simulators.ghl.faults import ApiFaults
from slipway.simulators.ghl.paid_periods import PaidPeriods
from slipway.simulators.ghl.records.entities import (
    Contact,
    CustomField,
    Item,
    Order,
    Status,
    Subscription,
)
from slipway.simulators.ghl.records.ids import Ids
from slipway.simulators.ghl.records.store import RecordStore
from slipway.simulators.ghl.settings import GhlSettings
from slipway.simulators.ghl.webhooks import calls
from slipway.simulators.ghl.webhooks.deliveries import Deliveries
from slipway.simulators.ghl.webhooks.signing import Signer
from slipway.simulators.ports import Clock, RandomSource, Sleep

_TRIAL = timedelta(days=7)
_PAID_AT_ONCE = {Status.ACTIVE}


@dataclass(frozen=True)
class WrittenBack:
    """Custom fields that an API client wrote to a contact. Tests and the control page show them."""

    contact_id: str
    fields: dict[str, str]
    """The values by the field's name."""


class Ghl:
    """One simulated GoHighLevel. Tests and the page change its `deliveries.faults` and `faults`."""

    def __init__(
        self, clock: Clock, rng: RandomSource, settings: GhlSettings, *, sleep: Sleep
    ) -> None:
        self.clock, self.rng, self.settings = clock, rng, settings
        self.signer = Signer(rng)
        self._ids = Ids(rng)
        self.records = RecordStore(
            {one.id: one for one in settings.locations}, {one.id: one for one in settings.prices}
        )
        self.faults = ApiFaults(
            Downtime(clock), settings.lag_seconds, settings.requests_per_10_seconds
        )
        self.deliveries = Deliveries(
            settings, self.signer, self._ids, clock=clock, sleep=sleep, rng=rng
        )
        self.written_back: list[WrittenBack] = []
        self._periods = PaidPeriods(settings.period_seconds, clock, sleep)
        for location in settings.locations:
            for name in settings.custom_fields:
                self.add_custom_field(location.id, name)

    async def close(self) -> None:
        self._periods.close()
        await self.deliveries.close()

    def add_customer(
        self, name: str, *, email: str | None = None, location: str | None = None
    ) -> Contact:
        now = self.clock()
        first, _, last = name.partition(" ")
        contact = Contact(
            id=self._ids.contact(),
            location_id=location or self.settings.locations[0].id,
            first_name=first,
            last_name=last or "Example",
            email=email or f"{'.'.join(name.lower().split())}@example.com",
            phone="+15005550006",
            added_at=now,
            updated_at=now,
            tags=("customer",),
        )
        self.records.put_contact(contact, now, self.faults.lag_seconds)
        self.deliveries.send(calls.contact_event("ContactCreate", contact))
        return contact

    def buy(
        self,
        customer: str,
        price: str,
        quantity: int = 1,
        *,
        live: bool = True,
        status: str = Status.ACTIVE,
    ) -> Subscription:
        """Makes a purchase by the contact `customer`. Even an unknown initial status is allowed."""
        now, item = self.clock(), Item(self.records.prices[price].id, quantity)
        contact = self.records.contacts[customer].latest
        order = Order(
            id=self._ids.record(),
            location_id=contact.location_id,
            contact_id=contact.id,
            items=(item,),
            status="pending",
            created_at=now,
            updated_at=now,
            live=live,
        )
        one = Subscription(
            id=self._ids.record(),
            location_id=contact.location_id,
            contact_id=contact.id,
            order_id=order.id,
            provider_id=f"sub_{self._ids.contact()}",
            item=item,
            status=status,
            created_at=now,
            updated_at=now,
            starts_at=now,
            trial_ends_at=now + _TRIAL if status == Status.TRIALING else None,
            live=live,
        )
        one = self._paid(one)
        self._put_order(order)
        self.records.put_subscription(one, now, self.faults.lag_seconds)
        self.deliveries.send(calls.order_event("OrderCreate", self.records, order))
        if status in _PAID_AT_ONCE:
            self._complete(order)
            self._announce_payment(one, succeeded=True)
        self.deliveries.send(calls.subscription_trigger(self.records, one))
        return one

    def cancel(self, id_: str) -> Subscription:
        """Cancels at the click. The record still shows the end of the paid period."""
        return self._become(id_, Status.CANCELED)

    def cancel_at_period_end(self, id_: str) -> Subscription:
        """Cancels when the paid period is over. Until then only `canceledAt` shows it.

        It is not known which of the two GHL does. Raises ValueError without a period.
        """
        before, now = self.records.subscription(id_), self.clock()
        if before.paid_through is None:
            raise ValueError("the record shows no paid period: set period_seconds")
        after = replace(before, canceled_at=now, ends_at_period_end=True, updated_at=now)
        self.records.put_subscription(after, now, self.faults.lag_seconds)
        self._periods.call_at(before.paid_through, lambda: self._end_period(id_))
        return after

    def _end_period(self, id_: str) -> None:
        if self.records.subscription(id_).ends_at_period_end:
            self.cancel(id_)

    def expire(self, id_: str) -> Subscription:
        return self._become(id_, Status.EXPIRED)

    def fail_payment(self, id_: str) -> Subscription:
        """Makes a later payment fail. GHL's UI then shows Overdue, and the record says past_due."""
        one = self._become(id_, Status.PAST_DUE)
        self._announce_payment(one, succeeded=False)
        return one

    def pay(self, id_: str) -> Subscription:
        one = self._become(id_, Status.ACTIVE, is_payment=True)
        order = self.records.orders[one.order_id].latest
        if order.status == "pending":
            self._complete(order)
        self._announce_payment(one, succeeded=True)
        return one

    def unpaid(self, id_: str) -> Subscription:
        """Sets the status `unpaid`. GHL then no longer tries to collect the payment."""
        return self._become(id_, Status.UNPAID)

    def pause(self, id_: str) -> Subscription:
        return self._become(id_, Status.PAUSED)

    def resume(self, id_: str) -> Subscription:
        return self._become(id_, Status.ACTIVE)

    def refund(self, id_: str) -> Subscription:
        one = self._change(id_, status=Status.REFUNDED)
        order = replace(
            self.records.orders[one.order_id].latest, status="refunded", updated_at=self.clock()
        )
        self._put_order(order)
        self.deliveries.send(calls.order_event("OrderStatusUpdate", self.records, order))
        self.deliveries.send(calls.refund_trigger(self.records, one))
        return one

    def set_status(self, id_: str, status: str) -> Subscription:
        """Sets the status. Any text is allowed, because the field of the real API is free text."""
        return self._become(id_, status)

    def change_plan(self, id_: str, price: str) -> Subscription:
        """Changes the plan of a subscription. Sends no webhook, and does not change the order."""
        quantity = self.records.subscription(id_).item.quantity
        return self._change(id_, item=Item(self.records.prices[price].id, quantity))

    def change_quantity(self, id_: str, quantity: int) -> Subscription:
        return self._change(id_, item=Item(self.records.subscription(id_).item.price_id, quantity))

    def add_custom_field(self, location: str, name: str, data_type: str = "TEXT") -> CustomField:
        field = CustomField(self._ids.contact(), location, name, data_type)
        self.records.custom_fields.append(field)
        return field

    def write_contact(self, id_: str, fields: dict[str, str], tags: list[str] | None) -> Contact:
        """Writes `fields`, keyed by custom field id, as the API does.

        GHL then sends ContactUpdate.
        """
        before, now = self.records.contacts[id_].latest, self.clock()
        contact = replace(
            before,
            custom_fields={**before.custom_fields, **fields},
            tags=before.tags if tags is None else tuple(tags),
            updated_at=now,
        )
        self.records.put_contact(contact, now, self.faults.lag_seconds)
        names = {field.id: field.name for field in self.records.custom_fields}
        self.written_back.append(
            WrittenBack(id_, {names.get(key, key): value for key, value in fields.items()})
        )
        self.deliveries.send(calls.contact_event("ContactUpdate", contact))
        return contact

    def _become(self, id_: str, status: str, *, is_payment: bool = False) -> Subscription:
        one = self._change(id_, status=status, is_payment=is_payment)
        self.deliveries.send(calls.subscription_trigger(self.records, one))
        return one

    def _change(
        self,
        id_: str,
        *,
        status: str | None = None,
        item: Item | None = None,
        is_payment: bool = False,
    ) -> Subscription:
        before, now = self.records.subscription(id_), self.clock()
        after = replace(
            before, status=status or before.status, item=item or before.item, updated_at=now
        )
        ended = after.status in {Status.CANCELED, Status.EXPIRED}
        if status is not None:
            after = replace(after, ends_at_period_end=False)
        asked = ended or after.ends_at_period_end
        after = replace(after, canceled_at=(before.canceled_at or now) if asked else None)
        if is_payment:
            after = self._paid(after)
        self.records.put_subscription(after, now, self.faults.lag_seconds)
        return after

    def _paid(self, one: Subscription) -> Subscription:
        """Returns an active subscription with the period that begins with its payment."""
        if one.status not in _PAID_AT_ONCE:
            return one
        now = self.clock()
        return replace(one, period_start=now, paid_through=self._periods.end(now))

    def _complete(self, order: Order) -> None:
        done = replace(order, status="completed", updated_at=self.clock())
        self._put_order(done)
        self.deliveries.send(calls.order_event("OrderStatusUpdate", self.records, done))

    def _put_order(self, order: Order) -> None:
        self.records.put_order(order, self.clock(), self.faults.lag_seconds)

    def _announce_payment(self, one: Subscription, *, succeeded: bool) -> None:
        self.deliveries.send(
            calls.payment_trigger(
                self.records, one, self._ids.record(), self.clock(), succeeded=succeeded
            )
        )
