"""The shapes that the API answers with."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from slipway.reporting.kpis.kpi import Kpi
from slipway.reporting.kpis.window import Window


class KpiAnswer(BaseModel):
    """One figure. Shares run from 0 to 1, times are in seconds."""

    model_config = ConfigDict(from_attributes=True)

    value: float | None
    target: float | None
    operator: str | None
    status: str
    thin: bool
    n: int
    unit: str
    interval: tuple[float, float] | None
    beside: dict[str, Any]


class WindowAnswer(BaseModel):
    name: str
    begin: datetime
    end: datetime


class KpisAnswer(BaseModel):
    window: WindowAnswer
    kpis: dict[str, KpiAnswer]
    beside: dict[str, KpiAnswer]


class BehindAnswer(BaseModel):
    of: str
    """`tasks`, `deliveries`, `interventions`, `probes` or `votes`."""
    documents: list[dict[str, Any]]
    against: int
    """How many of them, the first ones, count against the figure."""


class KeyResultAnswer(BaseModel):
    title: str
    measure: str
    deadline: str
    days_left: int
    kpi: KpiAnswer


class ObjectiveAnswer(BaseModel):
    title: str
    key_results: list[KeyResultAnswer]


class CommandAsked(BaseModel):
    """A decision. The same `command_id` twice is the same decision."""

    kind: str
    command_id: str | None = None
    reason: str = ""
    seen_version: int | None = None
    fields: dict[str, Any] = {}


class CommandSent(BaseModel):
    command_id: str


class CommandStanding(BaseModel):
    command_id: str
    standing: str
    detail: str
    final: bool


class KeyAsked(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: str = "viewer"
    reason: str = ""


class KeyMade(BaseModel):
    name: str
    role: str
    key: str
    """Shown this once."""


class InviteAsked(BaseModel):
    mail: Annotated[str, Field(pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
    role: str = "viewer"
    reason: str = ""


class Invited(BaseModel):
    link: str


def kpi_answer(kpi: Kpi) -> KpiAnswer:
    return KpiAnswer.model_validate(kpi)


def window_answer(asked: Window) -> WindowAnswer:
    return WindowAnswer(name=asked.name, begin=asked.begin, end=asked.end)


def shown(view: dict[str, Any]) -> dict[str, Any]:
    """A view without the bookkeeping that makes it exact."""
    hidden = {"_id", "seen", "looked_at", "timed_by"}
    return {"id": view["_id"]} | {name: value for name, value in view.items() if name not in hidden}
