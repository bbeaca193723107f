"""Routes under `/_sim/ghl` for the control page, tests and the demo."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from slipway.simulators.ghl.admin.faults import build_faults_admin
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records import billing_periods
from slipway.simulators.ghl.records.entities import Contact, Status, Subscription

Json = dict[str, Any]


class Customer(BaseModel):
    name: str
    email: str | None = None
    location: str | None = None


class Purchase(BaseModel):
    """A purchase by the contact with the id `customer`.

    Without `customer`, a new contact is created. `name` is the name of the new contact.
    """

    customer: str | None = None
    name: str | None = None
    price: str
    quantity: int = 1
    live: bool = True
    status: str = Status.ACTIVE


class Modification(BaseModel):
    price: str | None = None
    quantity: int | None = None
    status: str | None = None


def build_admin(ghl: Ghl) -> APIRouter:
    router = APIRouter(prefix="/_sim/ghl", tags=["ghl"])
    _reading(router, ghl)
    _buying(router, ghl)
    _modifying(router, ghl)
    router.include_router(build_faults_admin(ghl))
    return router


def _reading(router: APIRouter, ghl: Ghl) -> None:
    @router.get("/public-key")
    async def public_key() -> PlainTextResponse:
        return PlainTextResponse(ghl.signer.public_pem)

    @router.get("/prices")
    async def prices() -> list[Json]:
        return [asdict(price) for price in ghl.records.prices.values()]

    @router.get("/customers")
    async def customers() -> list[Json]:
        return [_customer(kept.latest) for kept in ghl.records.contacts.values()]

    @router.get("/subscriptions")
    async def subscriptions() -> list[Json]:
        return [_subscription(ghl, kept.latest) for kept in ghl.records.subscriptions.values()]

    @router.get("/billed")
    async def intervals() -> list[Json]:
        """Returns the billing periods, by which the ledger judges."""
        return [
            asdict(one) | {"is_paying": one.is_paying, "has_ended": one.has_ended}
            for one in billing_periods.periods(ghl.records)
        ]

    @router.get("/written-back")
    async def written_back() -> list[Json]:
        return [asdict(one) for one in ghl.written_back]


def _buying(router: APIRouter, ghl: Ghl) -> None:
    @router.post("/customers", status_code=201)
    async def add_customer(given: Customer) -> Json:
        return _customer(ghl.add_customer(given.name, email=given.email, location=given.location))

    @router.post("/subscriptions", status_code=201)
    async def buy(given: Purchase) -> Json:
        price = _price(ghl, given.price)
        if given.customer not in {None, *ghl.records.contacts}:
            raise HTTPException(404, f"no customer {given.customer}")
        customer = given.customer or ghl.add_customer(given.name or "Unknown Customer").id
        one = ghl.buy(customer, price, given.quantity, live=given.live, status=given.status)
        return _subscription(ghl, one)


def _modifying(router: APIRouter, ghl: Ghl) -> None:
    actions: dict[str, Callable[[str], Subscription]] = {
        "cancel": ghl.cancel,
        "cancel_at_period_end": ghl.cancel_at_period_end,
        "expire": ghl.expire,
        "fail_payment": ghl.fail_payment,
        "pay": ghl.pay,
        "unpaid": ghl.unpaid,
        "pause": ghl.pause,
        "resume": ghl.resume,
        "refund": ghl.refund,
    }

    @router.post("/subscriptions/{id_}/{action}")
    async def act(id_: str, action: str) -> Json:
        if action not in actions:
            raise HTTPException(404, f"no action {action}; there are {', '.join(actions)}")
        try:
            return _subscription(ghl, actions[action](_known(ghl, id_)))
        except ValueError as error:
            raise HTTPException(409, str(error)) from error

    @router.put("/subscriptions/{id_}")
    async def modify(id_: str, given: Modification) -> Json:
        id_ = _known(ghl, id_)
        if given.price is not None:
            ghl.change_plan(id_, _price(ghl, given.price))
        if given.quantity is not None:
            ghl.change_quantity(id_, given.quantity)
        if given.status is not None:
            ghl.set_status(id_, given.status)
        return _subscription(ghl, ghl.records.subscription(id_))


def _price(ghl: Ghl, id_: str) -> str:
    if id_ not in ghl.records.prices:
        raise HTTPException(404, f"no price {id_}; there are {', '.join(ghl.records.prices)}")
    return id_


def _known(ghl: Ghl, id_: str) -> str:
    short = id_.rpartition(":")[2]
    if short not in ghl.records.subscriptions:
        raise HTTPException(404, f"no subscription {id_}")
    return short


def _customer(contact: Contact) -> Json:
    return asdict(contact) | {"name": contact.name}


def _subscription(ghl: Ghl, one: Subscription) -> Json:
    price = ghl.records.price_of(one)
    return asdict(one) | {
        "stream": one.stream,
        "customer": ghl.records.contacts[one.contact_id].latest.name,
        "price": price.id,
        "plan": price.plan,
        "quantity": one.item.quantity,
    }
