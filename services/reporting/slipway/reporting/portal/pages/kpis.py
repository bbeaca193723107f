"""The first page: eight figures with target, status and trend; each opens what it is made of."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import AtDesk, Viewer
from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.scorecard import EIGHT, Formula, scorecard
from slipway.reporting.portal.rendering import page
from slipway.reporting.portal.sparkline import sparkline
from slipway.reporting.window_params import AskedWindow

router = APIRouter()
_SHOWN = 200


def _values(formula: Formula, pieces: list[Evidence]) -> list[float | None]:
    """Where there were no cases there is no value, not a zero."""
    figures = [formula(piece) for piece in pieces]
    return [figure.value if figure.n else None for figure in figures]


@router.get("/")
@router.get("/kpis")
async def show_kpis(
    request: Request, desk: AtDesk, person: Viewer, asked: AskedWindow, thanks: str = ""
) -> HTMLResponse:
    targets = desk.okrs.kpi_targets()
    kpis = scorecard(await desk.figures.evidence(asked), targets)
    pieces = await desk.figures.trend(asked)
    trends = {
        name: sparkline(
            _values(formula, pieces),
            targets[name].value if name in targets else None,
        )
        for name, formula in EIGHT.items()
    }
    return await page(
        request,
        "kpis.html",
        person,
        kpis=kpis,
        trends=trends,
        asked=asked,
        ask=await desk.accounts.should_ask(person),
        thanks=thanks,
        servers=await desk.questions.fleet_by_status(),
    )


@router.get("/kpis/{name}")
async def show_behind(
    request: Request, desk: AtDesk, person: Viewer, asked: AskedWindow, name: str
) -> HTMLResponse:
    if name not in EIGHT:
        raise HTTPException(404, f"no figure {name!r}")
    evidence = await desk.figures.evidence(asked)
    kpi = scorecard(evidence, desk.okrs.kpi_targets())[name]
    pieces = await desk.figures.trend(asked)
    trend = sparkline(_values(EIGHT[name], pieces), kpi.target)
    return await page(
        request,
        "behind.html",
        person,
        kpi=kpi,
        asked=asked,
        behind=await desk.questions.behind(name, asked, _SHOWN),
        shown=_SHOWN,
        trend=trend,
        trend_from=pieces[trend.first].window.begin if trend else None,
    )
