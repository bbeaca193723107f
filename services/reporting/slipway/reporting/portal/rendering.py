"""Renders pages from templates, with filters and with the data that every page shows."""

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from slipway.reporting.access import Principal
from slipway.reporting.commands.catalog import may, needs_reason
from slipway.reporting.context import RequestContext, context_of
from slipway.reporting.kpis.window import NAMES, Window
from slipway.reporting.portal.texts import events, formatting, health, kpis
from slipway.reporting.portal.texts.kpi_details import details
from slipway.reporting.portal.texts.servers import withheld_text
from slipway.reporting.projections.views.timeline import trace_id

_HERE = Path(__file__).parent
_VPS_ID = re.compile(r"[^:/]+:[^:/]+-\d+")
STATIC = _HERE / "static"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=formatting.duration,
        share=formatting.share,
        value=formatting.value,
        when=formatting.date_time,
        clock=formatting.clock,
        event_name=events.event_name,
        event_details=events.event_details,
        stream_link=events.stream_link,
        backlog=health.backlog,
        trace_id=trace_id,
        query=_query,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
    )
    environment.tests["about_vps"] = lambda subject: bool(_VPS_ID.fullmatch(subject))
    environment.globals.update(
        titles=kpis.TITLES,
        explained=kpis.EXPLAINED,
        against_heading=kpis.AGAINST,
        others_heading=kpis.OTHERS,
        appears=kpis.APPEARS,
        target_of=kpis.target,
        cases_of=kpis.cases,
        details_of=details,
        withheld_text=withheld_text,
        windows=NAMES,
        may=may,
        needs_reason=needs_reason,
    )
    return environment


def _query(window: Window) -> str:
    """Returns the window as a link's query string."""
    if window.name != "custom":
        return urlencode({"window": window.name})
    times = {"from": window.begin.isoformat(), "to": window.end.isoformat()}
    return urlencode({"window": "custom", **times})


_TEMPLATES = _environment()


async def page(
    request: Request, template: str, principal: Principal | None, *, code: int = 200, **values: Any
) -> HTMLResponse:
    """Returns the whole page. On a live refresh, the browser replaces only its main part."""
    context = context_of(request)
    now = context.clock()
    frame = await _frame(context) if principal else {"stale": None}
    body = _TEMPLATES.get_template(template).render(
        principal=principal,
        code=code,
        path=request.url.path,
        here=values.pop("here", None) or _path_and_query(request),
        now=now,
        ago=lambda at: formatting.ago(at, now),
        new_id=context.new_id,
        **frame,
        **values,
    )
    return HTMLResponse(body, status_code=code)


def fragment(request: Request, template: str, *, code: int = 200, **values: Any) -> HTMLResponse:
    """Returns a part of a page. In the browser, htmx replaces a form with it."""
    now = context_of(request).clock()
    body = _TEMPLATES.get_template(template).render(
        now=now, ago=lambda at: formatting.ago(at, now), **values
    )
    return HTMLResponse(body, status_code=code)


def _path_and_query(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _frame(context: RequestContext) -> dict[str, Any]:
    """Returns the values that the navigation shows on every page, such as counts and data age."""
    servers, subscriptions, safeguards, dead_letters = await asyncio.gather(
        context.queries.servers_needing_attention(100),
        context.queries.subscriptions_needing_attention(),
        context.queries.active_safeguards(),
        context.queries.dead_letters(closed=False),
    )
    open_incidents, newest, brake = await asyncio.gather(
        context.queries.incidents("open", 100),
        context.queries.newest_event_at(),
        context.queries.brake(),
    )
    return {
        "needing_attention": len(servers) + len(subscriptions) + len(safeguards),
        "open_incidents": len(open_incidents),
        "open_dead_letters": len(dead_letters),
        "newest": newest,
        "stale": health.stale_seconds(newest, context.clock()),
        "brake_engaged": bool(brake and brake["active"]),
    }
