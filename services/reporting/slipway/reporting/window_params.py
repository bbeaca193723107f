"""The query parameters of a time window: `?window=7d`, or `?window=custom&from=…&to=…`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Query

from slipway.reporting.context import Context
from slipway.reporting.kpis.window import Window, WindowUnknown, named_window

_DAY = len("2026-12-31")
_From = Annotated[str, Query(alias="from", description="custom window: its first day, or a time")]
_To = Annotated[str, Query(alias="to", description="custom window: its last day, or a time")]


def _window(
    context: Context,
    named: Annotated[str, Query(alias="window")] = "30d",
    begin: _From = "",
    end: _To = "",
) -> Window:
    try:
        return named_window(named, context.clock(), _time(begin), _time(end, whole_day=True))
    except WindowUnknown as error:
        raise HTTPException(422, str(error)) from error
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, "from, to: a day like 2026-12-31, or an ISO time") from error


def _time(text: str, *, whole_day: bool = False) -> datetime | None:
    """Returns the time, or None for an empty text.

    With `whole_day`, a date without a time means the end of that day. So `to=2026-12-31` includes
    31 December.
    """
    text = text.strip()
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if whole_day and len(text) == _DAY:
        at += timedelta(days=1)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


SelectedWindow = Annotated[Window, Depends(_window)]
