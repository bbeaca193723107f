"""What goes wrong with this cloud on demand: armed by the page or a test, counted or until a time.

`Faults.take` is asked at the one place where a kind can strike, and uses up one of its count.
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
    """The work is done, then the connection is cut without an answer."""
    ERROR_AFTER_WORK = "error_after_work"
    """The work is done and the answer is an HTML 503."""
    BROKEN_BODY = "broken_body"
    """The work is done; the success's body ends in the middle."""
    ACTION_ERROR = "action_error"
    """Accepted, and its action ends in `error`; a server created so exists and never runs."""
    NO_CAPACITY = "no_capacity"
    """`resource_unavailable`; of one location if it is named."""
    RATE_LIMITED = "rate_limited"
    """429; its headers say to come back in `seconds`, which may be negative."""
    STALE_GET = "stale_get"
    """By its id, a server younger than `seconds` is not found yet."""
    SERVER_ERROR = "server_error"
    """503 before anything was done."""
    LOCKED = "locked"
    """423: something else is going on with the server."""
    SLOW = "slow"
    """Answers `seconds` later."""
    STALE_LIST = "stale_list"
    """Lists lack what is younger than `seconds`, and still show what was deleted since."""
    MISSING_ROW = "missing_row"
    """A list lacks its first row."""
    SLOW_DELETE = "slow_delete"
    """A delete takes `seconds`."""
    SLOW_BOOT = "slow_boot"
    """A create's boot takes `seconds`."""
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a fault
    TOKEN_READONLY = "token_readonly"  # noqa: S105 - the name of a fault
    TOKEN_SWAPPED = "token_swapped"  # noqa: S105 - the name of a fault
    """The token opens another project, an empty one."""
    DOWN = "down"
    """Every connection is cut before anything is read."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    operation: Operation | None = None
    """None: any operation at which the kind can strike."""
    location: str | None = None
    count: int | None = 1
    """How often; None: until `for_seconds` are over, or until it is disarmed."""
    for_seconds: float | None = None
    """After that it strikes no more, whatever its count."""
    seconds: float = 5.0
    """How slow, how stale."""
    after: int = 0
    """So many are let pass first: the third page of a list fails."""


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
        """An id, by which it can be disarmed."""
        self._last_id += 1
        for_seconds = fault.for_seconds
        until = None if for_seconds is None else self.clock() + timedelta(seconds=for_seconds)
        self._armed.append(_Armed(self._last_id, fault, fault.count, until, fault.after))
        return self._last_id

    def disarm(self, id_: int | None = None) -> None:
        """That one, or all."""
        self._armed = [one for one in self._armed if id_ is not None and one.id != id_]

    def take(
        self, kind: FaultKind, operation: Operation, location: str | None = None
    ) -> Fault | None:
        """The fault that strikes now, if any; one of its count is gone then."""
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
        """What is armed now, for the page."""
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
