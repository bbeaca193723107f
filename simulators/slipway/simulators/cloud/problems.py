"""Hetzner's errors, each with a code, a message, and an HTTP status."""

from dataclasses import dataclass

_STATUS = {
    "unauthorized": 401,
    "token_readonly": 403,
    "forbidden": 403,
    "not_found": 404,
    "uniqueness_error": 409,
    "conflict": 409,
    "resource_unavailable": 412,
    "invalid_input": 422,
    "protected": 423,
    "locked": 423,
    "rate_limit_exceeded": 429,
    "resource_limit_exceeded": 403,
    "unavailable": 503,
}


@dataclass
class Problem(Exception):
    """Raised to refuse a request. A refused request has changed nothing."""

    code: str
    message: str
    given_status: int | None = None
    """None: the usual HTTP status of the code."""

    @property
    def status(self) -> int:
        return self.given_status or _STATUS[self.code]
