"""Routes that read data, such as KPIs, objectives, servers, webhooks and incidents."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from slipway.reporting.api.serializers import (
    DrillDownAnswer,
    KeyResultAnswer,
    KpisAnswer,
    ObjectiveAnswer,
    kpi_answer,
    public,
    window_answer,
)
from slipway.reporting.context import Context, Viewer
from slipway.reporting.kpis.kpi import judged
from slipway.reporting.kpis.scorecard import ADDITIONAL, KPIS, scorecard
from slipway.reporting.okrs import progress
from slipway.reporting.window_params import SelectedWindow

router = APIRouter(tags=["reading"])
Limit = Annotated[int, Query(ge=1, le=500)]
Skip = Annotated[int, Query(ge=0)]
Rows = list[dict[str, Any]]


@router.get("/kpis")
async def read_kpis(context: Context, _: Viewer, window: SelectedWindow) -> KpisAnswer:
    """Returns all KPIs with target and status, and the additional measures of the objectives."""
    inputs = await context.metrics.inputs(window)
    kpis = scorecard(inputs, context.okrs.kpi_targets())
    additional = {name: judged(name, formula(inputs), None) for name, formula in ADDITIONAL.items()}
    return KpisAnswer(
        window=window_answer(window),
        kpis={name: kpi_answer(kpi) for name, kpi in kpis.items()},
        additional={name: kpi_answer(kpi) for name, kpi in additional.items()},
    )


@router.get("/kpis/{name}/drilldown")
async def read_drill_down(
    context: Context, _: Viewer, window: SelectedWindow, name: str, limit: Limit = 100
) -> DrillDownAnswer:
    """Returns the tasks, webhooks, interventions, uptime probes or votes that a KPI counts."""
    if name not in KPIS:
        raise HTTPException(404, f"no KPI {name!r}: use one of {', '.join(KPIS)}")
    found = await context.queries.drill_down(name, window, limit)
    return DrillDownAnswer(
        source=found.source,
        documents=[public(document) for document in (*found.against, *found.others)],
        against=len(found.against),
    )


@router.get("/objectives")
async def read_objectives(
    context: Context, _: Viewer, window: SelectedWindow
) -> list[ObjectiveAnswer]:
    """Returns the objectives with the progress of each key result."""
    inputs = await context.metrics.inputs(window)
    return [
        ObjectiveAnswer(
            title=goal.title,
            key_results=[
                KeyResultAnswer(
                    title=each.key_result.title,
                    measure=each.key_result.measure,
                    deadline=each.key_result.deadline.isoformat(),
                    days_left=each.days_left,
                    kpi=kpi_answer(each.kpi),
                )
                for each in results
            ],
        )
        for goal, results in progress(context.okrs, inputs)
    ]


@router.get("/servers")
async def read_servers(
    context: Context,
    _: Viewer,
    search: str = "",
    status: str = "",
    skip: Skip = 0,
    limit: Limit = 50,
) -> Rows:
    """Returns servers whose id, contact, name, IP address or subscription starts with `search`."""
    return [public(view) for view in await context.queries.servers(search, status, skip, limit)]


@router.get("/servers/{vps_id}")
async def read_server(context: Context, _: Viewer, vps_id: str) -> dict[str, Any]:
    found = await context.queries.find_by_id("servers", vps_id)
    if found is None:
        raise HTTPException(404, f"no VPS {vps_id!r}")
    tasks = [public(task) for task in await context.queries.tasks_of(vps_id)]
    return {**public(found), "tasks": tasks}


@router.get("/timeline/{about:path}")
async def read_timeline(
    context: Context, _: Viewer, about: str, limit: Limit = 200, skip: Skip = 0
) -> Rows:
    """Returns all events about a VPS, subscription, webhook, incident, account or location."""
    return [public(entry) for entry in await context.queries.timeline([about], limit, skip)]


@router.get("/needs-attention")
async def read_needs_attention(context: Context, _: Viewer, limit: Limit = 200) -> Rows:
    """Returns all that needs an action of an operator, as the page shows it.

    `kind` is `server`, `subscription`, `account` or `orphan`.
    """
    queries = context.queries
    servers = await queries.servers_needing_attention(limit)
    subscriptions = await queries.subscriptions_needing_attention()
    rows = [{"kind": "server", **view} for view in servers]
    rows += [{"kind": "subscription", **view} for view in subscriptions]
    rows += await queries.active_safeguards()
    return [public(row) for row in rows[:limit]]


@router.get("/incidents")
async def read_incidents(
    context: Context, _: Viewer, state: str = "open", limit: Limit = 100
) -> Rows:
    return [public(view) for view in await context.queries.incidents(state, limit)]


@router.get("/webhooks")
async def read_webhooks(
    context: Context,
    _: Viewer,
    search: str = "",
    state: str = "",
    limit: Limit = 100,
    skip: Skip = 0,
) -> Rows:
    """Returns webhooks whose id, subscription or location starts with `search`."""
    return [public(view) for view in await context.queries.deliveries(search, state, skip, limit)]


@router.get("/failed-messages")
async def read_failed_messages(
    context: Context,
    _: Viewer,
    closed: bool = False,  # noqa: FBT001, FBT002 - FastAPI passes a query parameter by its name
    limit: Limit = 100,
) -> Rows:
    """Returns the Kafka messages that a service could not process."""
    found = await context.queries.dead_letters(closed=closed, limit=limit)
    return [public(view) for view in found]


@router.get("/locations")
async def read_locations(context: Context, _: Viewer) -> Rows:
    """Returns the locations.

    For a location in observe mode, `would_run` lists the servers that Slipway would change.
    """
    rows = []
    for location in await context.queries.locations():
        servers = await context.queries.servers_to_change(location["_id"])
        rows.append({**public(location), "would_run": [public(server) for server in servers]})
    return rows


@router.get("/safety-brake")
async def read_safety_brake(context: Context, _: Viewer) -> dict[str, Any]:
    found = await context.queries.brake()
    return public(found) if found else {"id": "brake", "active": False}


@router.get("/data-age")
async def read_data_age(context: Context, _: Viewer) -> dict[str, Any]:
    """Returns the time and the age of the newest event in the read models."""
    newest = await context.queries.newest_event_at()
    seconds = (context.clock() - newest).total_seconds() if newest else None
    return {"newest_event_at": newest, "seconds": seconds}
