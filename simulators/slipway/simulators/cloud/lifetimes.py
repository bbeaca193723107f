"""The lifetime of every server that ever existed, as the ledger needs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from slipway.simulators.cloud.entities import Origin, Power, Server


@dataclass(frozen=True)
class ServerLifetime:
    id: int
    project: str
    name: str
    labels: dict[str, str]
    created_at: datetime
    power: tuple[Power, ...] = ()
    """The power changes, oldest first. Empty if the server never ran."""
    delete_asked_at: datetime | None = None
    """The time of the delete request. The ledger ignores the server from this time on."""
    deleted_at: datetime | None = None
    deleted_by: Origin | None = None

    @property
    def ready_at(self) -> datetime | None:
        return next((one.at for one in self.power if one.on), None)

    def exists_at(self, at: datetime) -> bool:
        return self.created_at <= at and (self.delete_asked_at is None or at < self.delete_asked_at)

    def runs_at(self, at: datetime) -> bool:
        switched = [one.on for one in self.power if one.at <= at]
        return self.exists_at(at) and bool(switched) and switched[-1]


def lifetimes(servers: Iterable[Server]) -> list[ServerLifetime]:
    return [
        ServerLifetime(
            id=one.id,
            project=one.project,
            name=one.name,
            labels=dict(one.labels),
            created_at=one.created_at,
            power=tuple(one.power),
            delete_asked_at=one.delete_asked_at,
            deleted_at=one.deleted_at,
            deleted_by=one.deleted_by,
        )
        for one in servers
    ]
