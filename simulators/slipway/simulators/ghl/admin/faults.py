"""Routes under `/_sim/ghl` for the webhook deliveries and the faults."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel

from slipway.simulators.fault_changes import TriggerChange, apply_change
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.faults import Outage
from slipway.simulators.ghl.webhooks.calls import Channel
from slipway.simulators.ghl.webhooks.deliveries import Delivery

Json = dict[str, Any]


class Targets(BaseModel):
    webhook_url: str | None = None
    workflow_url: str | None = None


class DeliveryFaultsChange(BaseModel):
    duplicate: TriggerChange | None = None
    drop: TriggerChange | None = None
    delay: TriggerChange | None = None
    delay_seconds: float | None = None
    hold: TriggerChange | None = None


class ApiFaultsChange(BaseModel):
    lag_seconds: float | None = None
    requests_per_10_seconds: int | None = None
    slow_seconds: float | None = None
    fail: TriggerChange | None = None
    outage: Outage | None = None
    down_seconds: float | None = None
    """The length of an outage that starts now. 0 ends a running outage."""


def build_faults_admin(ghl: Ghl) -> APIRouter:
    router = APIRouter()
    _delivering(router, ghl)
    _faults(router, ghl)
    return router


def _delivering(router: APIRouter, ghl: Ghl) -> None:
    deliveries = ghl.deliveries

    @router.get("/deliveries")
    async def log(limit: int = 200) -> list[Json]:
        return [_delivery(one) for one in list(deliveries.log)[-limit:][::-1]]

    @router.post("/deliveries/{id_}/resend")
    async def resend(id_: str) -> Json:
        return {"resent": deliveries.resend(id_)}

    @router.post("/release")
    async def release(*, newest_first: Annotated[bool, Body(embed=True)] = False) -> Json:
        return {"released": deliveries.release(newest_first=newest_first)}

    @router.put("/targets")
    async def targets(given: Targets) -> Json:
        if given.webhook_url is not None:
            deliveries.urls[Channel.SIGNED] = given.webhook_url
        if given.workflow_url is not None:
            deliveries.urls[Channel.WORKFLOW] = given.workflow_url
        return {channel.value: url for channel, url in deliveries.urls.items()}


def _faults(router: APIRouter, ghl: Ghl) -> None:
    @router.get("/faults")
    async def faults() -> Json:
        return {"deliveries": asdict(ghl.deliveries.faults), "api": _api_faults(ghl)}

    @router.put("/faults/deliveries")
    async def delivery_faults(given: DeliveryFaultsChange) -> Json:
        apply_change(ghl.deliveries.faults, given)
        return asdict(ghl.deliveries.faults)

    @router.put("/faults/api")
    async def api_faults(given: ApiFaultsChange) -> Json:
        apply_change(ghl.faults, given, but={"down_seconds"})
        if given.down_seconds is not None:
            ghl.faults.downtime.begin(given.down_seconds)
        return _api_faults(ghl)


def _delivery(one: Delivery) -> Json:
    return {
        "id": one.id,
        "channel": one.channel,
        "event": one.event,
        "url": one.url,
        "made_at": one.made_at,
        "fate": one.fate,
        "attempts": [asdict(attempt) for attempt in one.attempts],
    }


def _api_faults(ghl: Ghl) -> Json:
    faults = ghl.faults
    return {
        "lag_seconds": faults.lag_seconds,
        "requests_per_10_seconds": faults.requests_per_10_seconds,
        "slow_seconds": faults.slow_seconds,
        "fail": asdict(faults.fail),
        "outage": faults.outage,
        "down_until": faults.downtime.until,
    }
