"""Renders the control page at `/` and its parts. Its buttons call routes under `/_sim/`."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from slipway.simulators.environment import SimulatedEnvironment

_HERE = Path(__file__).parent
_ROWS = 60
_KINDS = {"page.css": "text/css", "page.js": "text/javascript"}


def build_page(simulated: SimulatedEnvironment) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=PackageLoader("slipway.simulators.page"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["ago"] = lambda moment: _ago(simulated.clock(), moment)

    @router.get("/")
    async def page() -> HTMLResponse:
        killable = await _killable(simulated.settings.kill_url)
        prices = list(simulated.ghl.records.prices.values())
        shown = _shown(simulated)
        text = templates.get_template("page.html").render(prices=prices, killable=killable, **shown)
        return HTMLResponse(text)

    @router.get("/_sim/page/now")
    async def now() -> HTMLResponse:
        return HTMLResponse(templates.get_template("_now.html").render(**_shown(simulated)))

    @router.get("/_sim/page/{name}")
    async def static(name: str) -> Response:
        if name not in _KINDS:
            raise HTTPException(404)
        return Response((_HERE / "static" / name).read_bytes(), media_type=_KINDS[name])

    @router.post("/_sim/kill/{name}")
    async def kill(name: str) -> dict[str, str]:
        """Forwards the call to `kill_url`.

        The page cannot call this URL itself, because a browser restricts a page to its own origin.
        """
        if simulated.settings.kill_url is None:
            raise HTTPException(404, "no process can be killed: SLIPWAY_SIM_KILL_URL is not set")
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{simulated.settings.kill_url}/{name}")
        if answer.is_error:
            raise HTTPException(502, answer.text)
        return {"killed": name}

    return router


async def _killable(url: str | None) -> list[str]:
    if url is None:
        return []
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            return [str(name) for name in (await client.get(url)).json()["processes"]]
    except (httpx.HTTPError, ValueError, KeyError):
        return []


def _shown(simulated: SimulatedEnvironment) -> dict[str, Any]:
    ghl = simulated.ghl
    judgement = simulated.judgement()
    servers = list(simulated.cloud.servers.values())
    subscriptions = [kept.latest for kept in ghl.records.subscriptions.values()]
    return {
        "simulated": simulated,
        "verdict": {
            "lost": judgement.lost,
            "doubled": judgement.doubled,
            "wrongly destroyed": judgement.wrongly_destroyed,
        },
        "servers": _newest(servers),
        "alive": sum(one.exists for one in servers),
        "faults": simulated.cloud.faults.describe(),
        "records": ghl.records,
        "subscriptions": _newest(subscriptions),
        "total": len(subscriptions),
        "paying": sum(one.status in {"active", "trialing"} for one in subscriptions),
        "deliveries": _newest(ghl.deliveries.log),
        "slack": _newest(simulated.slack.messages),
        "mail": _newest(simulated.mail.messages),
        "written_back": _newest(ghl.written_back),
    }


def _newest(rows: Iterable[Any]) -> list[Any]:
    return list(rows)[-_ROWS:][::-1]


def _ago(now: datetime, moment: datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"
