"""A client of the simulators' admin API, which the control page uses as well."""

from typing import Any

import httpx

Json = dict[str, Any]


class Simulators:
    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def buy(self, name: str, price: str = "price_vps_small", **more: Any) -> Json:
        return await self._post("/_sim/ghl/subscriptions", {"name": name, "price": price, **more})

    async def act(self, subscription: Json, action: str) -> Json:
        """`action`: cancel, fail_payment, pay, unpaid, pause, resume, refund or expire."""
        return await self._post(f"/_sim/ghl/subscriptions/{subscription['id']}/{action}")

    async def modify(self, subscription: Json, **changes: Any) -> Json:
        return await self._put(f"/_sim/ghl/subscriptions/{subscription['id']}", changes)

    async def set_delivery_faults(self, **faults: Any) -> None:
        await self._put("/_sim/ghl/faults/deliveries", faults)

    async def set_ghl_faults(self, **faults: Any) -> None:
        await self._put("/_sim/ghl/faults/api", faults)

    async def arm_cloud_fault(self, kind: str, **fault: Any) -> None:
        await self._post("/_sim/cloud/faults", {"kind": kind, **fault})

    async def clear_cloud_faults(self) -> None:
        (await self._http.delete("/_sim/cloud/faults")).raise_for_status()

    async def set_slack_faults(self, **faults: Any) -> None:
        await self._put("/_sim/slack/faults", faults)

    async def cloud(self) -> Json:
        found: Json = await self._get("/_sim/cloud")
        return found

    async def subscriptions(self) -> list[Json]:
        found: list[Json] = await self._get("/_sim/ghl/subscriptions")
        return found

    async def deliveries(self) -> list[Json]:
        found: list[Json] = await self._get("/_sim/ghl/deliveries?limit=100000")
        return found

    async def ledger(self) -> Json:
        found: Json = await self._get("/_sim/ledger")
        return found

    async def messages(self) -> list[Json]:
        """Returns all messages to the operators, Slack first."""
        slack: list[Json] = await self._get("/_sim/slack/messages")
        mail: list[Json] = await self._get("/_sim/mail/messages")
        return [*slack, *mail]

    async def _get(self, path: str) -> Any:
        return (await self._http.get(path)).raise_for_status().json()

    async def _post(self, path: str, body: Json | None = None) -> Json:
        answer = await self._http.post(path, json=body or {})
        found: Json = answer.raise_for_status().json()
        return found

    async def _put(self, path: str, body: Json) -> Json:
        found: Json = (await self._http.put(path, json=body)).raise_for_status().json()
        return found
