"""Templates to pages: the filters they use, and what every page shows around its content."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from slipway.reporting.decisions import may
from slipway.reporting.desk import Desk, desk_of
from slipway.reporting.kpis.window import NAMES
from slipway.reporting.portal import wording
from slipway.reporting.ports import Person

_HERE = Path(__file__).parent
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
        name_of=wording.name_of,
        facts_of=wording.facts_of,
        trace_id=wording.trace_id,
        when=_when,
    )
    environment.globals.update(
        titles=wording.TITLES,
        explained=wording.EXPLAINED,
        target_of=wording.target,
        windows=NAMES,
        may=may,
    )
    return environment


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else wording.NOTHING


_TEMPLATES = _environment()


async def page(
    request: Request, template: str, person: Person | None, *, code: int = 200, **context: Any
) -> HTMLResponse:
    """The whole page; a live refresh takes its part out of it."""
    desk = desk_of(request)
    now = desk.clock()
    around = await _around(desk) if person else {}
    body = _TEMPLATES.get_template(template).render(
        person=person,
        path=request.url.path,
        here=str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        now=now,
        ago=lambda at: wording.ago(at, now),
        new_id=desk.new_id,
        **around,
        **context,
    )
    return HTMLResponse(body, status_code=code)


def fragment(request: Request, template: str, *, code: int = 200, **context: Any) -> HTMLResponse:
    """A piece that replaces a form."""
    now = desk_of(request).clock()
    body = _TEMPLATES.get_template(template).render(
        now=now, ago=lambda at: wording.ago(at, now), **context
    )
    return HTMLResponse(body, status_code=code)


async def _around(desk: Desk) -> dict[str, Any]:
    needing, open_, newest, brake = await asyncio.gather(
        desk.questions.needing_a_person(100),
        desk.questions.incidents("open", 100),
        desk.questions.newest_event_at(),
        desk.questions.brake(),
    )
    return {
        "needing": len(needing),
        "open_incidents": len(open_),
        "newest": newest,
        "brake_on": bool(brake and brake["on"]),
    }
