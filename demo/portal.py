"""A client of the portal's API, with the rights of an admin."""

import asyncio
from typing import Any

import httpx

Json = dict[str, Any]

_PATIENCE_SECONDS = 60.0


class Portal:
    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def kpis(self, window: str = "24h") -> Json:
        found: Json = (await self._get(f"/kpis?window={window}"))["kpis"]
        return found

    async def get(self, path: str) -> Any:
        return await self._get(path)

    async def decide(self, kind: str, reason: str, **fields: Any) -> str:
        """Sends a command and returns its id."""
        asked = {"kind": kind, "reason": reason, "fields": fields}
        answer = await self._http.post("/commands", json=asked)
        answer.raise_for_status()
        return str(answer.json()["command_id"])

    async def act(self, location: str) -> None:
        """Sets a location to `act`. Raises TimeoutError if no service carries it out."""
        await self.decide("location-mode", "the demo's location", location_id=location, mode="act")
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await self._acts(location):  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(0.2)

    async def _acts(self, location: str) -> bool:
        locations = await self._get("/locations")
        rows = locations["items"] if isinstance(locations, dict) else locations
        return any(row.get("mode") == "act" and location in str(row) for row in rows)

    async def _get(self, path: str) -> Any:
        return (await self._http.get(path)).raise_for_status().json()
