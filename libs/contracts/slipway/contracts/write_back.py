"""Topic `subscriptions`: write-backs of a server's address and state to GHL's contact.

`subscriptions` exports them as well.
"""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event


class WriteBackEvent(Event):
    """Base of the events of a write-back stream, `writeback-<location>:<contact>`."""

    subscription_id: str
    contact_id: str | None
    vps_id: str


class WriteBackRequested(WriteBackEvent):
    """The contact's custom fields should show these values."""

    TYPE = "slipway.subscriptions.write-back-requested.v2"

    vps_ip: str
    vps_state: str
    source_epoch: int
    source_version: int
    """Version of the Vps event that the values come from. An older version changes nothing."""
    requested_at: AwareDatetime
    """When the write-back became due."""


class WriteBackDone(WriteBackEvent):
    """GHL accepted the values."""

    TYPE = "slipway.subscriptions.write-back-done.v1"

    vps_ip: str
    vps_state: str
    requests: int = 0
    """Number of requests in this stream that are answered by these values."""


class WriteBackFailed(WriteBackEvent):
    """GHL refused the values permanently, for example because the contact is gone."""

    TYPE = "slipway.subscriptions.write-back-failed.v1"

    problem: str
    requests: int = 0
