"""The roles and callers of the portal and the API, and the ports for users and API keys.

`read_models.accounts` and `read_models.api_keys` implement the ports in MongoDB.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

View = dict[str, Any]


class Role(IntEnum):
    """The role of a user or API key. Each role includes the rights of all lower roles."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @classmethod
    def named(cls, name: str) -> "Role":
        """Returns the role of this name. Raises KeyError if there is none."""
        return cls[name.upper()]


@dataclass(frozen=True)
class Principal:
    """The authenticated caller of a request: a signed-in user or an API key."""

    name: str
    """The user's e-mail address, or `key:<name>`."""
    role: Role
    csrf: str | None = None
    """The token that each form must send. Only browser sessions have one."""

    @property
    def actor(self) -> str:
        return f"user:{self.name}"


@dataclass(frozen=True)
class ChangedBy:
    """The author of a change of access, and the reason. The access log stores both forever."""

    actor: str
    reason: str = "no reason given"


class TooManyAttempts(Exception):
    """Raised after too many wrong passwords for one e-mail address.

    The next attempt is possible in 15 minutes.
    """


class Accounts(Protocol):
    """Users, their sessions and invitations."""

    async def invite(self, mail: str, role: Role, by: ChangedBy) -> str:
        """Returns an invitation token, which can be used once, within a day.

        If the user already exists, the token sets a new password and the given role.
        """

    async def accept(self, token: str, password: str) -> str | None:
        """Sets the password and returns the user's e-mail address.

        Returns None if the token was used, is too old or is unknown.
        """

    async def sign_in(self, mail: str, password: str) -> str | None:
        """Returns a session token, or None for a wrong password. Raises TooManyAttempts."""

    async def sign_out(self, token: str) -> None: ...

    async def by_session(self, token: str) -> Principal | None: ...

    async def users(self) -> list[View]: ...

    async def remove_user(self, mail: str, by: ChangedBy) -> bool:
        """Removes the user. Returns whether the user existed.

        Ends all sessions and open invitations of the user immediately.
        """

    async def access_log(self, limit: int = 50) -> list[View]:
        """Returns all changes of access to the portal and the API, newest first."""


class ApiKeys(Protocol):
    async def by_key(self, key: str) -> Principal | None: ...

    async def make_key(self, name: str, role: Role, by: ChangedBy) -> str:
        """Returns a new key, which cannot be read again later. Replaces a key of the same name."""

    async def keys(self) -> list[View]: ...

    async def revoke_key(self, name: str, by: ChangedBy) -> bool:
        """Revokes the key. Returns whether a key of this name existed."""


class VotePrompts(Protocol):
    """Decides when the portal asks an admin how satisfied they are."""

    async def should_ask(self, principal: Principal) -> bool:
        """Returns whether the page should ask the admin now, and records that it asks."""

    async def note_answer(self, principal: Principal, *, later: bool) -> None: ...
