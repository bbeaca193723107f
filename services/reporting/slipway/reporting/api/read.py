"""Reading: figures, what is behind them, objectives, VPSs and everything that happened to them."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from slipway.reporting.api.serializers import (
    BehindAnswer,
    KeyResultAnswer,
    KpisAnswer,
    ObjectiveAnswer,
    kpi_answer,
    shown,
    window_answer,
)
from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.kpis.kpi import judged
from slipway.reporting.kpis.scorecard import BESIDE, EIGHT, scorecard
from slipway.reporting.okrs import progress
from slipway.reporting.window_params import AskedWindow

router = APIRouter(tags=["reading"])
Limit = Annotated[int, Query(ge=1, le=500)]
Skip = Annotated[int, Query(ge=0)]
Rows = list[dict[str, Any]]


@router.get("/kpis")
async def read_kpis(desk: AtDesk, _: Viewer, asked: AskedWindow) -> KpisAnswer:
    """All eight, with target and status, and the extra measures of the objectives."""
    evidence = await desk.figures.evidence(asked)
    judged_ = scorecard(evidence, desk.okrs.kpi_targets())
    beside = {name: judged(name, formula(evidence), None) for name, formula in BESIDE.items()}
    return KpisAnswer(
        window=window_answer(asked),
        kpis={name: kpi_answer(kpi) for name, kpi in judged_.items()},
        beside={name: kpi_answer(kpi) for name, kpi in beside.items()},
    )


@router.get("/kpis/{name}/behind")
async def read_behind(
    desk: AtDesk, _: Viewer, asked: AskedWindow, name: str, limit: Limit = 100
) -> BehindAnswer:
    """The tasks (deliveries, interventions, slots, votes) that a figure is made of."""
    if name not in EIGHT:
        raise HTTPException(404, f"no figure {name!r}: one of {', '.join(EIGHT)}")
    behind = await desk.questions.behind(name, asked, limit)
    return BehindAnswer(
        of=behind.of,
        documents=[shown(document) for document in (*behind.against, *behind.others)],
        against=len(behind.against),
    )


@router.get("/okrs")
async def read_okrs(desk: AtDesk, _: Viewer, asked: AskedWindow) -> list[ObjectiveAnswer]:
    evidence = await desk.figures.evidence(asked)
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
        for goal, results in progress(desk.okrs, evidence)
    ]


@router.get("/vps")
async def read_fleet(
    desk: AtDesk,
    _: Viewer,
    search: str = "",
    status: str = "",
    skip: Skip = 0,
    limit: Limit = 50,
) -> Rows:
    """By id, contact, name, address or subscription (GHL's id too), each from its beginning."""
    return [shown(view) for view in await desk.questions.fleet(search, status, skip, limit)]


@router.get("/vps/{vps_id}")
async def read_vps(desk: AtDesk, _: Viewer, vps_id: str) -> dict[str, Any]:
    found = await desk.questions.one("fleet", vps_id)
    if found is None:
        raise HTTPException(404, f"no VPS {vps_id!r}")
    tasks = [shown(task) for task in await desk.questions.tasks_of(vps_id)]
    return {**shown(found), "tasks": tasks}


@router.get("/timeline/{about:path}")
async def read_timeline(
    desk: AtDesk, _: Viewer, about: str, limit: Limit = 200, skip: Skip = 0
) -> Rows:
    """Every event about a VPS, subscription, delivery, incident, scope or location."""
    return [shown(entry) for entry in await desk.questions.timeline([about], limit, skip)]


@router.get("/attention")
async def read_attention(desk: AtDesk, _: Viewer, limit: Limit = 200) -> Rows:
    """VPSs that wait for a person."""
    return [shown(view) for view in await desk.questions.needing_a_person(limit)]


@router.get("/incidents")
async def read_incidents(desk: AtDesk, _: Viewer, state: str = "open", limit: Limit = 100) -> Rows:
    return [shown(view) for view in await desk.questions.incidents(state, limit)]


@router.get("/deliveries")
async def read_deliveries(
    desk: AtDesk,
    _: Viewer,
    search: str = "",
    state: str = "",
    limit: Limit = 100,
    skip: Skip = 0,
) -> Rows:
    """`search`: the beginning of an id, a subscription or a location."""
    return [shown(view) for view in await desk.questions.deliveries(search, state, skip, limit)]


@router.get("/dead-letters")
async def read_dead_letters(
    desk: AtDesk,
    _: Viewer,
    closed: bool = False,  # noqa: FBT001, FBT002 - a query parameter, always named
    limit: Limit = 100,
) -> Rows:
    return [shown(view) for view in await desk.questions.dead_letters(closed=closed, limit=limit)]


@router.get("/locations")
async def read_locations(desk: AtDesk, _: Viewer) -> Rows:
    """Each with what it would do, while it only observes."""
    return [
        {**shown(view), "would_do": [shown(v) for v in await desk.questions.would_do(view["_id"])]}
        for view in await desk.questions.locations()
    ]


@router.get("/brake")
async def read_brake(desk: AtDesk, _: Viewer) -> dict[str, Any]:
    found = await desk.questions.brake()
    return shown(found) if found else {"id": "brake", "on": False}


@router.get("/data-age")
async def read_data_age(desk: AtDesk, _: Viewer) -> dict[str, Any]:
    """How old the newest event is that these answers know."""
    newest = await desk.questions.newest_event_at()
    seconds = (desk.clock() - newest).total_seconds() if newest else None
    return {"newest_event_at": newest, "seconds": seconds}
