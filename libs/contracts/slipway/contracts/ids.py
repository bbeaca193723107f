"""Builds the ids of subscriptions, VPSs and streams, and returns their parts.

The id of a subscription is `<location>:<_id of GHL's API>`. The id of a VPS is
`<subscription>-<n>`, with n from 1. The id of a stream is `<category>-<id>`. A category contains no
hyphen, so it ends at the first hyphen.
"""


def subscription_id(location: str, ghl_id: str) -> str:
    return f"{location}:{ghl_id}"


def vps_id(subscription: str, ordinal: int) -> str:
    return f"{subscription}-{ordinal}"


def subscription_of(vps: str) -> str:
    """Returns the part before the last hyphen, because GHL's ids may contain hyphens."""
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
