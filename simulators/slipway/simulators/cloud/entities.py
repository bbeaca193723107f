"""What exists in a project: servers, actions, SSH keys. Ids are the whole cloud's."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from slipway.simulators.cloud.catalog import Image, Location, ServerType


class ServerStatus(StrEnum):
    INITIALIZING = "initializing"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    OFF = "off"
    DELETING = "deleting"


class ActionStatus(StrEnum):
    RUNNING = "running"
    SUCCESS = "success"
    ERROR = "error"


class Origin(StrEnum):
    """Whose doing: through the API with a token, or somebody at the console behind our back."""

    API = "api"
    CONSOLE = "console"


@dataclass(frozen=True)
class Power:
    """From this moment the server ran, or didn't."""

    at: datetime
    on: bool
    by: Origin


@dataclass
class Server:
    id: int
    project: str
    name: str
    labels: dict[str, str]
    type: ServerType
    image: Image
    location: Location
    ipv4: str
    created_at: datetime
    status: ServerStatus = ServerStatus.INITIALIZING
    protected: bool = False
    user_data: str = ""
    starts: bool = True
    """Origin itself, once it is created."""
    power: list[Power] = field(default_factory=list)
    delete_asked_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: Origin | None = None

    @property
    def exists(self) -> bool:
        return self.deleted_at is None

    @property
    def ready_at(self) -> datetime | None:
        """When it first ran; None: never."""
        return next((one.at for one in self.power if one.on), None)


@dataclass
class Action:
    id: int
    project: str
    command: str
    server_id: int
    started_at: datetime
    due_at: datetime
    """When it ends, well or badly."""
    fails: bool = False
    by: Origin = Origin.API
    status: ActionStatus = ActionStatus.RUNNING
    finished_at: datetime | None = None


@dataclass
class SshKey:
    id: int
    project: str
    name: str
    public_key: str
    fingerprint: str
    labels: dict[str, str]
    created_at: datetime
