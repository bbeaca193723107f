"""Random facts about customers, webhooks, incidents and probes, and the events that report them.

The facts say what happened, in seconds. A test recounts the KPIs from the facts and compares them
with what the projections count from the events.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st
from slipway.contracts import deliveries, vps
from slipway.contracts.deliveries import IgnoreRule
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.incidents import ProbeAnswered

from tests.support.builders.customer_story import NOON, Story

PROMISED = 3600
"""After so many seconds a change that is not proven has failed."""
PROBE_SECONDS = 60


class Course(StrEnum):
    AUTOMATIC = "automatic"
    BY_ADMIN = "by admin"
    LATE = "late"
    """Proven after its deadline."""
    PARKED = "parked"
    STUCK = "stuck"
    SUPERSEDED = "superseded"
    """Cancelled before it started. Only for a creation."""


@dataclass(frozen=True)
class Change:
    course: Course
    took: int
    """Seconds until it was proven, parked or superseded."""
    faults: int = 0
    """Temporary faults before that."""

    @property
    def is_proven(self) -> bool:
        return self.course in {Course.AUTOMATIC, Course.BY_ADMIN, Course.LATE}

    @property
    def has_failed(self) -> bool:
        return self.course in {Course.LATE, Course.PARKED, Course.STUCK}


@dataclass(frozen=True)
class Customer:
    begins: int
    created: Change
    deleted: Change | None
    """None if the customer does not cancel, or never had a server."""


class Webhook(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    FOUND_BY_POLLING = "found by polling"
    """No webhook came, and the poller found a change."""
    POLLED_IN_VAIN = "polled in vain"


@dataclass(frozen=True)
class Facts:
    customers: tuple[Customer, ...]
    webhooks: tuple[Webhook, ...]
    notified_after: tuple[int | None, ...]
    """For each incident: seconds until the first notification, or None."""
    probes: tuple[tuple[bool, int], ...]
    """For each slot since the launch: whether the portal was up, and its latency in ms."""


def _took(course: Course) -> st.SearchStrategy[int]:
    if course is Course.LATE:
        return st.integers(PROMISED + 1, 2 * PROMISED)
    return st.integers(20, PROMISED - 1)


def _change(*courses: Course) -> st.SearchStrategy[Change]:
    def of(course: Course) -> st.SearchStrategy[Change]:
        faults = st.integers(0, 0 if course is Course.SUPERSEDED else 3)
        return st.builds(Change, st.just(course), _took(course), faults)

    return st.sampled_from(courses).flatmap(of)


@st.composite
def _customers(draw: st.DrawFn) -> Customer:
    created = draw(_change(*Course))
    ends = _change(Course.AUTOMATIC, Course.BY_ADMIN, Course.LATE, Course.PARKED, Course.STUCK)
    had_server = created.course in {Course.AUTOMATIC, Course.BY_ADMIN}
    deleted = draw(st.none() | ends) if had_server else None
    return Customer(draw(st.integers(0, 7200)), created, deleted)


ANY_FACTS = st.builds(
    Facts,
    st.lists(_customers(), max_size=8).map(tuple),
    st.lists(st.sampled_from(Webhook), max_size=12).map(tuple),
    st.lists(st.none() | st.integers(1, 3600), max_size=8).map(tuple),
    st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), min_size=1, max_size=20).map(tuple),
)


def records_of(facts: Facts) -> list[Recorded]:
    """Returns the events that report the facts, in the order of their times."""
    told: list[Recorded] = []
    for number, customer in enumerate(facts.customers):
        told += _of_customer(customer, Story(f"loc1:sub{number}"))
    for number, webhook in enumerate(facts.webhooks):
        told += _of_webhook(webhook, Story(f"loc2:sub{number}"))
    for number, after in enumerate(facts.notified_after):
        story = Story(f"loc3:sub{number}")
        incident = story.incident(number, f"i{number}")
        if after is not None:
            story.notified(incident, number + after)
            story.notified(incident, number + after + 60, "reminder")
        told += story.records
    told += [_of_probe(number, *probe) for number, probe in enumerate(facts.probes)]
    return sorted(told, key=lambda record: record.time)


def _of_customer(customer: Customer, story: Story) -> list[Recorded]:
    at, created = customer.begins, customer.created
    story.entitled("running", at + 1, started_at=story.time(at))
    story.wanted("running", at + 2, desired_since=story.time(at))
    if created.course is Course.SUPERSEDED:
        story.entitled("absent", at + created.took)
        story.wanted("absent", at + created.took + 1, source=2)
        story.deleted(at + created.took + 2, provider_id=None)
        return story.records
    story.started("create", at + 3)
    _faults(story, created, at + 4, "create")
    if created.course is Course.PARKED:
        story.parked("create", at + created.took)
    elif created.is_proven:
        story.ready(at + created.took, by_admin=created.course is Course.BY_ADMIN)
    if customer.deleted is not None:
        _ends(customer.deleted, at + 3 * PROMISED, story)
    return story.records


def _ends(deleted: Change, at: int, story: Story) -> None:
    story.entitled("absent", at)
    story.wanted("absent", at + 1, source=2, desired_since=story.time(at))
    story.started("delete", at + 2, "op4")
    _faults(story, deleted, at + 3, "delete")
    if deleted.course is Course.PARKED:
        story.parked("delete", at + deleted.took)
    elif deleted.is_proven:
        story.deleted(at + deleted.took, by_admin=deleted.course is Course.BY_ADMIN)


def _faults(story: Story, change: Change, at: int, step: str) -> None:
    fault = {"kind": "transient", "code": "503", "message": "Try later"}
    for number in range(change.faults):
        fields: dict[str, Any] = {"operation_id": "op1", "step": step, "fault": fault}
        story.on_vps(vps.AttemptFailed, at + number, attempt=number + 1, **fields)


def _of_webhook(webhook: Webhook, story: Story) -> list[Recorded]:
    polled = webhook in {Webhook.FOUND_BY_POLLING, Webhook.POLLED_IN_VAIN}
    channel = "poll" if polled else "signed"
    id_ = story.delivered(0, f"{channel}:{story.subscription}", channel=channel)
    facts: dict[str, Any] = {"delivery_id": id_, "channel": channel}
    match webhook:
        case Webhook.APPLIED | Webhook.FOUND_BY_POLLING:
            story.applied(id_, 2, channel=channel)
        case Webhook.POLLED_IN_VAIN:
            story.applied(id_, 2, channel=channel, changed=False)
        case Webhook.IGNORED:
            ignored = deliveries.DeliveryIgnored(**facts, rule=IgnoreRule.EVENT_NOT_USED)
            story.add(f"delivery-{id_}", ignored, 2)
        case Webhook.QUARANTINED:
            bad = deliveries.DeliveryQuarantined(**facts, reason="no location")
            story.add(f"delivery-{id_}", bad, 2)
    return story.records


def slot(number: int) -> datetime:
    return NOON + timedelta(seconds=PROBE_SECONDS * number)


def _of_probe(number: int, up: bool, latency_ms: int) -> Recorded:  # noqa: FBT001 - a fact
    at = slot(number)
    answered = ProbeAnswered(slot=at, slot_seconds=PROBE_SECONDS, up=up, latency_ms=latency_ms)
    meta = Meta(correlation_id="probe")
    return Recorded(stream=f"probe-{number}", version=1, time=at, event=answered, meta=meta)
