"""Templates to pages: the filters they use, and what every page shows around its content."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from slipway.reporting.commands.catalog import may, must_say
from slipway.reporting.context import Desk, desk_of
from slipway.reporting.kpis.window import NAMES, Window
from slipway.reporting.portal import event_text as telling
from slipway.reporting.portal import kpi_text as wording
from slipway.reporting.portal.details import beside
from slipway.reporting.ports import Person
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
        duration=wording.duration,
        share=wording.share,
        value=wording.value,
        name_of=telling.name_of,
        facts_of=telling.facts_of,
        stream_of=telling.stream_of,
        trace_id=trace_id,
        when=_when,
        query=_query,
        clock=_clock,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
    )
    environment.tests["about_vps"] = lambda scope: bool(_VPS_ID.fullmatch(scope))
    environment.globals.update(
        titles=wording.TITLES,
        explained=wording.EXPLAINED,
        against_heading=wording.AGAINST,
        others_heading=wording.OTHERS,
        appears=wording.APPEARS,
        target_of=wording.target,
        cases_of=wording.cases,
        beside_of=beside,
        windows=NAMES,
        may=may,
        must_say=must_say,
    )
    return environment


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else wording.NOTHING


def _clock(at: datetime, now: datetime) -> str:
    """The time of day; the day too, where it is another."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%-d %b %Y %H:%M:%S} UTC"


def _query(asked: Window) -> str:
    """The window as links carry it on."""
    if asked.name != "custom":
        return urlencode({"window": asked.name})
    times = {"from": asked.begin.isoformat(), "to": asked.end.isoformat()}
    return urlencode({"window": "custom", **times})


_TEMPLATES = _environment()


async def page(
    request: Request, template: str, person: Person | None, *, code: int = 200, **context: Any
) -> HTMLResponse:
    """The whole page; a live refresh takes its part out of it."""
    desk = desk_of(request)
    now = desk.clock()
    around = await _around(desk) if person else {"stale": None}
    body = _TEMPLATES.get_template(template).render(
        person=person,
        code=code,
        path=request.url.path,
        here=context.pop("here", None) or _here(request),
        now=now,
        ago=lambda at: wording.ago(at, now),
        new_id=desk.new_id,
        **around,
        **context,
    )
    return HTMLResponse(body, status_code=code)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def fragment(request: Request, template: str, *, code: int = 200, **context: Any) -> HTMLResponse:
    """A piece that replaces a form."""
    now = desk_of(request).clock()
    body = _TEMPLATES.get_template(template).render(
        now=now, ago=lambda at: wording.ago(at, now), **context
    )
    return HTMLResponse(body, status_code=code)


async def _around(desk: Desk) -> dict[str, Any]:
    needing, referred, guards, dead = await asyncio.gather(
        desk.questions.needing_a_person(100),
        desk.questions.referred(),
        desk.questions.guards_on(),
        desk.questions.dead_letters(closed=False),
    )
    open_, newest, brake = await asyncio.gather(
        desk.questions.incidents("open", 100),
        desk.questions.newest_event_at(),
        desk.questions.brake(),
    )
    return {
        "needing": len(needing) + len(referred) + len(guards),
        "open_incidents": len(open_),
        "open_dead_letters": len(dead),
        "newest": newest,
        "stale": wording.standstill(newest, desk.clock()),
        "brake_on": bool(brake and brake["on"]),
    }
