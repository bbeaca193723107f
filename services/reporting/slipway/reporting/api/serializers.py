"""The request and response bodies of the API."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from slipway.reporting.commands.status import CommandState
from slipway.reporting.kpis.kpi import Kpi, KpiStatus, Unit
from slipway.reporting.kpis.window import Window


class KpiAnswer(BaseModel):
    """One KPI. Shares are numbers from 0 to 1, durations are in seconds."""

    model_config = ConfigDict(from_attributes=True)

    value: float | None
    target: float | None
    operator: str | None
    status: KpiStatus
    low_sample: bool
    """Whether the 95 % confidence interval includes the target."""
    n: int
    """The number of cases."""
    unit: Unit
    interval: tuple[float, float] | None
    """The 95 % confidence interval."""
    details: dict[str, Any]


class WindowAnswer(BaseModel):
    name: str
    begin: datetime
    end: datetime


class KpisAnswer(BaseModel):
    window: WindowAnswer
    kpis: dict[str, KpiAnswer]
    additional: dict[str, KpiAnswer]


class DrillDownAnswer(BaseModel):
    source: str
    """`tasks`, `deliveries`, `interventions`, `probes` or `votes`."""
    documents: list[dict[str, Any]]
    against: int
    """How many of the documents make the KPI worse. They come first."""


class KeyResultAnswer(BaseModel):
    title: str
    measure: str
    deadline: str
    days_left: int
    kpi: KpiAnswer


class ObjectiveAnswer(BaseModel):
    title: str
    key_results: list[KeyResultAnswer]


class CommandRequest(BaseModel):
    """A command to send. Two requests with the same `command_id` count as one command."""

    kind: str
    command_id: str | None = None
    reason: str = ""
    seen_version: int | None = None
    fields: dict[str, Any] = {}


class CommandSent(BaseModel):
    command_id: str


class CommandStatusAnswer(BaseModel):
    command_id: str
    status: CommandState
    detail: str
    final: bool


class KeyRequest(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: str = "viewer"
    reason: str = ""


class CreatedKey(BaseModel):
    name: str
    role: str
    key: str
    """The key itself. It cannot be read again later."""


class InvitationRequest(BaseModel):
    mail: Annotated[str, Field(pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
    role: str = "viewer"
    reason: str = ""


class CreatedInvitation(BaseModel):
    link: str


def kpi_answer(kpi: Kpi) -> KpiAnswer:
    return KpiAnswer.model_validate(kpi)


def window_answer(window: Window) -> WindowAnswer:
    return WindowAnswer(name=window.name, begin=window.begin, end=window.end)


def public(view: dict[str, Any]) -> dict[str, Any]:
    """Returns the view without its internal fields."""
    hidden = {"_id", "seen", "checked_at", "times_from"}
    return {"id": view["_id"]} | {name: value for name, value in view.items() if name not in hidden}
