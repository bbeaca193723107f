"""Converts entities to Hetzner's JSON. Fields that the simulator doesn't support are empty."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from slipway.simulators.cloud.catalog import LOCATIONS, Image, Location, ServerType
from slipway.simulators.cloud.entities import Action, ActionStatus, Server, ServerStatus, SshKey

Json = dict[str, Any]
_BOOTING = frozenset({ServerStatus.INITIALIZING, ServerStatus.STARTING})


def location(one: Location) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "description": f"{one.city} DC Park 1",
        "country": one.country,
        "city": one.city,
        "latitude": 50.47612,
        "longitude": 12.370071,
        "network_zone": one.zone,
    }


def server_type(one: ServerType) -> Json:
    places = [
        {
            "id": place.id,
            "name": place.name,
            "deprecation": None,
            "available": True,
            "recommended": True,
        }
        for place in LOCATIONS
    ]
    return {
        "id": one.id,
        "name": one.name,
        "description": one.name.upper(),
        "category": "cost_optimized",
        "cores": one.cores,
        "memory": one.memory_gib,
        "disk": one.disk_gib,
        "architecture": one.architecture,
        "cpu_type": "shared",
        "storage_type": "local",
        "deprecated": False,
        "deprecation": None,
        "prices": [],
        "locations": places,
    }


def image(one: Image) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.name,
        "type": "system",
        "status": "available",
        "os_flavor": one.flavor,
        "os_version": one.version,
        "architecture": one.architecture,
        "image_size": None,
        "disk_size": 5,
        "created": "2024-01-01T00:00:00Z",
        "created_from": None,
        "bound_to": None,
        "rapid_deploy": True,
        "labels": {},
        "protection": {"delete": False},
        "deprecated": None,
        "deleted": None,
    }


def server(one: Server) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status.value,
        "created": moment(one.created_at),
        "public_net": {
            "ipv4": {
                "id": one.id + 1,
                "ip": one.ipv4,
                "blocked": False,
                "dns_ptr": f"static.{one.ipv4}.clients.example",
            },
            "ipv6": {"id": one.id + 2, "ip": _network(one.id), "blocked": False, "dns_ptr": []},
            "floating_ips": [],
            "firewalls": [],
        },
        "private_net": [],
        "server_type": server_type(one.type),
        "location": location(one.location),
        "image": image(one.image),
        "iso": None,
        "rescue_enabled": False,
        "locked": one.status in _BOOTING,
        "backup_window": None,
        "outgoing_traffic": 0,
        "ingoing_traffic": 0,
        "included_traffic": 20 * 1024**4,
        "protection": {"delete": one.protected, "rebuild": one.protected},
        "labels": dict(one.labels),
        "volumes": [],
        "load_balancers": [],
        "primary_disk_size": one.type.disk_gib,
        "placement_group": None,
    }


def action(one: Action, now: datetime) -> Json:
    failed = {"code": "action_failed", "message": "Action failed"}
    return {
        "id": one.id,
        "command": one.command,
        "status": one.status.value,
        "progress": _progress(one, now),
        "started": moment(one.started_at),
        "finished": moment(one.finished_at) if one.finished_at else None,
        "resources": [{"id": one.server_id, "type": "server"}],
        "error": failed if one.status is ActionStatus.ERROR else None,
    }


def ssh_key(one: SshKey) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "fingerprint": one.fingerprint,
        "public_key": one.public_key,
        "labels": dict(one.labels),
        "created": moment(one.created_at),
    }


def problem(code: str, message: str, details: Mapping[str, Any] | None = None) -> Json:
    return {"error": {"code": code, "message": message, "details": dict(details or {})}}


def moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _progress(one: Action, now: datetime) -> int:
    if one.status is not ActionStatus.RUNNING:
        return 100
    whole = max(one.due_at - one.started_at, timedelta(microseconds=1))
    return min(99, int(100 * ((now - one.started_at) / whole)))


def _network(id_: int) -> str:
    """Returns a /64 network of the IPv6 prefix that is reserved for documentation."""
    return f"2001:db8:{id_ >> 16 & 0xFFFF:x}:{id_ & 0xFFFF:x}::/64"
