"""The faults of this cloud. The control page or a test arms a fault.

An armed fault occurs a given number of times or for a given time. The simulator's code calls
`Faults.take` wherever a kind of fault can occur.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from slipway.simulators.ports import Clock


class Operation(StrEnum):
    CREATE = "create"
    DELETE = "delete"
    POWER_ON = "poweron"
    POWER_OFF = "poweroff"
    SHUTDOWN = "shutdown"
    GET = "get"
    LIST = "list"
    OTHER = "other"


class FaultKind(StrEnum):
    LOST_REPLY = "lost_reply"
    """The request is carried out, then the connection is closed without an answer."""
    ERROR_AFTER_WORK = "error_after_work"
    """The request is carried out, and the answer is an HTML page with status 503."""
    BROKEN_BODY = "broken_body"
    """The request is carried out, and the body of the answer ends in the middle."""
    ACTION_ERROR = "action_error"
    """The request is accepted, but its action ends in `error`. A new server never runs."""
    NO_CAPACITY = "no_capacity"
    """A create is refused with `resource_unavailable`, in all locations or in the given one."""
    REFUSED = "refused"
    """Refuses the request with the fault's `code`, `message` and `status`."""
    REFUSED_AFTER_WORK = "refused_after_work"
    """Answers as REFUSED does, although the request was carried out."""
    VANISHES = "vanishes"
    """Accepts a create, and removes the server after `seconds`."""
    RATE_LIMITED = "rate_limited"
    """The answer is 429. Its headers ask to retry in `seconds`, which may be negative."""
    STALE_GET = "stale_get"
    """A GET by id does not find a server that is younger than `seconds`."""
    SERVER_ERROR = "server_error"
    """The answer is 503, and the request is not carried out."""
    LOCKED = "locked"
    """The answer is 423: another action locks the server."""
    SLOW = "slow"
    """The request is carried out and answered `seconds` later."""
    STALE_LIST = "stale_list"
    """Lists lack servers younger than `seconds` and still show those deleted since then."""
    MISSING_ROW = "missing_row"
    """A list lacks its first row."""
    SLOW_DELETE = "slow_delete"
    """A delete takes `seconds`."""
    SLOW_BOOT = "slow_boot"
    """The boot of a new server takes `seconds`."""
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a fault
    TOKEN_READONLY = "token_readonly"  # noqa: S105 - the name of a fault
    TOKEN_SWAPPED = "token_swapped"  # noqa: S105 - the name of a fault
    """The token belongs to another project, which is empty."""
    DOWN = "down"
    """Every connection is closed before the request is read."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    operation: Operation | None = None
    """The operation at which the fault occurs. None means any operation that the kind affects."""
    location: str | None = None
    count: int | None = 1
    """How often the fault occurs. None means until `for_seconds` end or the fault is disarmed."""
    for_seconds: float | None = None
    """The time after which the fault no longer occurs, whatever its count."""
    seconds: float = 5.0
    """The delay or the age, depending on the kind."""
    code: str = "service_error"
    """For REFUSED: one of the provider's error codes."""
    message: str = "as the provider says"
    status: int = 422
    """For REFUSED: the HTTP status."""
    after: int = 0
    """The number of requests that succeed first. With 2, the third page of a list fails."""


@dataclass
class _Armed:
    id: int
    fault: Fault
    left: int | None
    until: datetime | None
    to_pass: int
    struck: int = 0


@dataclass
class Faults:
    clock: Clock
    _armed: list[_Armed] = field(default_factory=list)
    _last_id: int = 0

    def arm(self, fault: Fault) -> int:
        """Arms a fault. Returns the id with which the fault can be disarmed."""
        self._last_id += 1
        for_seconds = fault.for_seconds
        until = None if for_seconds is None else self.clock() + timedelta(seconds=for_seconds)
        self._armed.append(_Armed(self._last_id, fault, fault.count, until, fault.after))
        return self._last_id

    def disarm(self, id_: int | None = None) -> None:
        """Removes the fault with this id, or all faults."""
        self._armed = [one for one in self._armed if id_ is not None and one.id != id_]

    def take(
        self, kind: FaultKind, operation: Operation, location: str | None = None
    ) -> Fault | None:
        """Returns the fault that must occur now, or None. That fault then occurs one time less."""
        self._forget()
        for one in self._armed:
            wanted = one.fault
            if (
                wanted.kind is kind
                and wanted.operation in {None, operation}
                and (wanted.location is None or wanted.location == location)
            ):
                if one.to_pass > 0:
                    one.to_pass -= 1
                    continue
                one.struck += 1
                one.left = None if one.left is None else one.left - 1
                return wanted
        return None

    def describe(self) -> list[dict[str, object]]:
        """Returns all armed faults, for the control page."""
        self._forget()
        return [
            {
                "id": one.id,
                "kind": one.fault.kind.value,
                "operation": one.fault.operation,
                "location": one.fault.location,
                "left": one.left,
                "until": one.until.isoformat() if one.until else None,
                "seconds": one.fault.seconds,
                "struck": one.struck,
            }
            for one in self._armed
        ]

    def _forget(self) -> None:
        now = self.clock()
        self._armed = [
            one
            for one in self._armed
            if (one.left is None or one.left > 0) and (one.until is None or now < one.until)
        ]
