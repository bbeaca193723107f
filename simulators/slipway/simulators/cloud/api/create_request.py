"""Validates the body of a create request (pure)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from slipway.simulators.cloud.api.label_selectors import checked_labels
from slipway.simulators.cloud.catalog import (
    IMAGES,
    LOCATIONS,
    SERVER_TYPES,
    Image,
    Location,
    ServerType,
)
from slipway.simulators.cloud.problems import Problem

_HOST_NAME = re.compile(r"^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$")
_MOST_USER_DATA = 32 * 1024


class _Named(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True)
class CreateRequest:
    name: str
    type: ServerType
    image: Image
    location: Location | None
    labels: Mapping[str, str]
    user_data: str
    starts: bool


def create_request(body: Mapping[str, Any]) -> CreateRequest:
    """Returns the validated request. Raises Problem(invalid_input)."""
    type_ = _one(SERVER_TYPES, body.get("server_type"), "server_type")
    user_data = str(body.get("user_data") or "")
    if len(user_data.encode()) > _MOST_USER_DATA:
        raise Problem("invalid_input", "invalid input in field 'user_data': longer than 32 KiB")
    images = [one for one in IMAGES if one.architecture == type_.architecture]
    wanted = body.get("location")
    return CreateRequest(
        name=checked_name(body.get("name")),
        type=type_,
        image=_one(images, body.get("image"), "image"),
        location=None if wanted is None else _one(LOCATIONS, wanted, "location"),
        labels=checked_labels(body.get("labels")),
        user_data=user_data,
        starts=body.get("start_after_create") is not False,
    )


def checked_name(given: object) -> str:
    if not isinstance(given, str) or not _HOST_NAME.match(given):
        raise Problem("invalid_input", "invalid input in field 'name': not a host name")
    return given


def _one(offered: Sequence[T], wanted: object, field: str) -> T:
    """Returns the entry with this id or name. Raises Problem(invalid_input)."""
    found = next((one for one in offered if str(wanted) in {str(one.id), one.name}), None)
    if found is None:
        raise Problem("invalid_input", f"invalid input in field '{field}': {wanted} is not offered")
    return found
