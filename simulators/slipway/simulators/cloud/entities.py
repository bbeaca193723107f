"""The entities of a project: servers, actions, SSH keys. Ids are unique in the whole cloud."""

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
    """The origin of a change."""

    API = "api"
    CONSOLE = "console"
    """An operator at the provider's console."""
    CLOUD = "cloud"
    """The provider itself."""


@dataclass(frozen=True)
class Power:
    """A change of a server's power: on or off, at a time."""

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
    """Whether the server starts automatically after its creation."""
    power: list[Power] = field(default_factory=list)
    delete_asked_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: Origin | None = None

    @property
    def exists(self) -> bool:
        return self.deleted_at is None

    @property
    def ready_at(self) -> datetime | None:
        """Returns the time at which the server first ran, or None."""
        return next((one.at for one in self.power if one.on), None)


@dataclass
class Action:
    id: int
    project: str
    command: str
    server_id: int
    started_at: datetime
    due_at: datetime
    """The time at which the action ends, successfully or not."""
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
