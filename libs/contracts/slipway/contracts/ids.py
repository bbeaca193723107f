"""Builds and takes apart the ids of subscriptions, VPSs and streams.

A subscription is `<location>:<_id of GHL's API>`. A VPS is `<subscription>-<n>`, with n from 1.
A stream is `<category>-<id>`; a category contains no hyphen, so the first hyphen ends it.
"""


def subscription_id(location: str, ghl_id: str) -> str:
    return f"{location}:{ghl_id}"


def vps_id(subscription: str, ordinal: int) -> str:
    return f"{subscription}-{ordinal}"


def subscription_of(vps: str) -> str:
    """Returns everything before the last hyphen, for GHL's ids may contain hyphens."""
    return vps.rpartition("-")[0]


def location_of(subscription: str) -> str:
    return subscription.partition(":")[0]


def ghl_id_of(subscription: str) -> str:
    return subscription.partition(":")[2]


def stream_of(category: str, id_: str) -> str:
    return f"{category}-{id_}"


def category_of(stream: str) -> str:
    return stream.partition("-")[0]


def id_of(stream: str) -> str:
    return stream.partition("-")[2]
