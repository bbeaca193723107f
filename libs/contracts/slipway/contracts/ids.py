"""The names of things: how subscriptions, VPSs and streams are called, and how to take them apart.

A subscription is `<location>:<_id of GHL's API>`; a VPS is `<subscription>-<n>`, n from 1. A stream
is `<category>-<id>`; a category holds no hyphen, so the first one ends it.
"""

from typing import NewType

LocationId = NewType("LocationId", str)
SubscriptionId = NewType("SubscriptionId", str)
VpsId = NewType("VpsId", str)


def subscription_id(location: str, ghl_id: str) -> SubscriptionId:
    return SubscriptionId(f"{location}:{ghl_id}")


def vps_id(subscription: str, ordinal: int) -> VpsId:
    return VpsId(f"{subscription}-{ordinal}")


def subscription_of(vps: str) -> SubscriptionId:
    """The subscription a VPS belongs to: everything before the last hyphen."""
    return SubscriptionId(vps.rpartition("-")[0])


def location_of(subscription: str) -> LocationId:
    return LocationId(subscription.partition(":")[0])


def ghl_id_of(subscription: str) -> str:
    return subscription.partition(":")[2]


def stream_of(category: str, id_: str) -> str:
    return f"{category}-{id_}"


def category_of(stream: str) -> str:
    return stream.partition("-")[0]


def id_of(stream: str) -> str:
    return stream.partition("-")[2]
