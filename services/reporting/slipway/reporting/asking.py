"""`?window=7d`, or `?window=custom&from=…&to=…`, as the API and the pages take it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Query

from slipway.reporting.desk import AtDesk
from slipway.reporting.kpis.window import Window, WindowUnknown, window


def _window(
    desk: AtDesk,
    named: Annotated[str, Query(alias="window")] = "30d",
    begin: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
) -> Window:
    try:
        return window(named, desk.clock(), _utc(begin), _utc(end))
    except WindowUnknown as error:
        raise HTTPException(422, str(error)) from error


def _utc(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


AskedWindow = Annotated[Window, Depends(_window)]
