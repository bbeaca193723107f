"""The dashboard with all KPIs, and the drill-down page of each KPI."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from slipway.reporting.context import Context, Viewer
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.scorecard import KPIS, Formula, scorecard
from slipway.reporting.portal.rendering import page
from slipway.reporting.portal.sparkline import sparkline
from slipway.reporting.window_params import SelectedWindow

router = APIRouter()
_SHOWN = 200


def _values(formula: Formula, pieces: list[KpiInputs]) -> list[float | None]:
    """Returns the KPI's value in each part of the window, or None for a part without cases."""
    values = [formula(piece) for piece in pieces]
    return [kpi_value.value if kpi_value.n else None for kpi_value in values]


@router.get("/")
@router.get("/dashboard")
async def show_dashboard(
    request: Request, context: Context, principal: Viewer, window: SelectedWindow, thanks: str = ""
) -> HTMLResponse:
    targets = context.okrs.kpi_targets()
    kpis = scorecard(await context.metrics.inputs(window), targets)
    pieces = await context.metrics.trend(window)
    trends = {
        name: sparkline(
            _values(formula, pieces),
            targets[name].value if name in targets else None,
        )
        for name, formula in KPIS.items()
    }
    return await page(
        request,
        "dashboard.html",
        principal,
        kpis=kpis,
        trends=trends,
        window=window,
        ask=await context.vote_prompts.should_ask(principal),
        thanks=thanks,
        servers=await context.queries.count_servers_by_status(),
    )


@router.get("/kpis/{name}")
async def show_drill_down(
    request: Request, context: Context, principal: Viewer, window: SelectedWindow, name: str
) -> HTMLResponse:
    if name not in KPIS:
        raise HTTPException(404, f"no KPI {name!r}")
    inputs = await context.metrics.inputs(window)
    kpi = scorecard(inputs, context.okrs.kpi_targets())[name]
    pieces = await context.metrics.trend(window)
    trend = sparkline(_values(KPIS[name], pieces), kpi.target)
    return await page(
        request,
        "drilldown.html",
        principal,
        kpi=kpi,
        window=window,
        drill_down=await context.queries.drill_down(name, window, _SHOWN),
        shown=_SHOWN,
        trend=trend,
        trend_from=pieces[trend.first].window.begin if trend else None,
    )
