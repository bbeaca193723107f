"""`?window=7d`, or `?window=custom&from=…&to=…`, as the API and the pages take it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Query

from slipway.reporting.context import AtDesk
from slipway.reporting.kpis.window import Window, WindowUnknown, window

_DAY = len("2026-12-31")
_From = Annotated[str, Query(alias="from", description="custom: a day, or a time")]
_To = Annotated[str, Query(alias="to", description="custom: a day (which counts), or a time")]


def _window(
    desk: AtDesk,
    named: Annotated[str, Query(alias="window")] = "30d",
    begin: _From = "",
    end: _To = "",
) -> Window:
    try:
        return window(named, desk.clock(), _time(begin), _time(end, whole_day=True))
    except WindowUnknown as error:
        raise HTTPException(422, str(error)) from error
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, "from, to: a day like 2026-12-31, or an ISO time") from error


def _time(text: str, *, whole_day: bool = False) -> datetime | None:
    """A day as the end of a window is part of it: people ask for `to` Friday and mean Friday."""
    text = text.strip()
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if whole_day and len(text) == _DAY:
        at += timedelta(days=1)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


AskedWindow = Annotated[Window, Depends(_window)]
