"""Events of a fleet in many states: running, late, parked, withheld, refused, silent."""

from datetime import datetime, timedelta

from slipway.contracts import dead_letters, deliveries, heartbeats, incidents, vps
from slipway.contracts.envelope import Recorded

from tests.support.builders.customer_story import Story

_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def fleet(now: datetime, customers: int = 16) -> list[Recorded]:
    """Returns the events, all of them within the five hours before `now`."""
    begin = now - timedelta(hours=5)
    records: list[Recorded] = []
    for number in range(customers):
        story = Story(f"ocean:sub{number:02}", begin + timedelta(minutes=17 * number))
        story.bought(1, ready_after=40 + number * 3)
        if number % 4 == 1:
            story.entitled("suspended", 900)
            story.wanted("suspended", 901, source=2)
            story.started("suspend", 902, "op2")
            story.suspended(915)
        if number % 5 == 2:
            story.entitled("absent", 800)
            story.wanted("absent", 801, source=2)
            story.started("delete", 802, "op4")
            story.deleted(840)
        records += story.records
    return records + _troubles(begin) + _surroundings(begin, now)


def _troubles(begin: datetime) -> list[Recorded]:
    records: list[Recorded] = []
    for number in (1, 2):
        story = Story(f"ocean:stuck{number}", begin + timedelta(hours=4, minutes=number))
        story.entitled("running", 0)
        names = {"plan": "small", "provider": "hetzner", "account": "main", "size": "cx22"}
        spec = {**names, "image": "debian-12", "regions": ("fsn1",)}
        story.on_vps(vps.VpsRequested, 1, spec=spec, spec_hash="h", contact_id=f"contact{number}")
        story.wanted("running", 1)
        story.started("create", 2)
        story.parked("create", 30)
        if number == 1:
            about = {"subject": "hetzner/main", "title": "Servers can't be created at hetzner/main"}
            story.notified(story.incident(31, **about), 33)
        records += story.records
    watching = Story("harbour:new1", begin + timedelta(hours=4))
    watching.entitled("running", 0)
    watching.wanted("running", 1)
    watching.on_vps(vps.OperationWithheld, 2, kind="create", reason="observe")
    return records + watching.records


def _surroundings(begin: datetime, now: datetime) -> list[Recorded]:
    around = Story("ocean:around", begin)
    end = (now - begin).total_seconds()
    for location, mode in (("ocean", "act"), ("harbour", "observe")):
        found = vps.LocationFound(location_id=location, mode=mode)
        around.add(f"location-{location}", found, 1)
    bad = around.delivered(200, "signed:bad-1")
    facts = {"delivery_id": bad, "channel": "signed"}
    quarantined = deliveries.DeliveryQuarantined(**facts, reason="locationId: missing")
    around.add(f"delivery-{bad}", quarantined, 201)
    dead = {"dead_letter_id": "notifier:9f2c", "consumer": "notifier", "key": "ocean:sub03"}
    record = dead_letters.RecordRef(topic="vps", partition=2, offset=117)
    error = "ValueError: a value this consumer can't hold"
    opened = dead_letters.DeadLetterOpened(**dead, record=record, error=error)
    around.add("deadletter-notifier:9f2c", opened, 300)
    for slot in range(30):
        at = around.time(end - 3600 + slot * 60)
        up = slot != 11
        latency = {"latency_ms": 40.0} if up else {"problem": "no answer within 5 s"}
        probe = incidents.ProbeAnswered(slot=at, slot_seconds=60, up=up, **latency)
        around.add(f"probe-{at.isoformat()}", probe, end - 3600 + slot * 60)
    for service in ("ingest", "provisioner", "notifier"):
        counters = {"refused_signature": 2, "duplicates": 5} if service == "ingest" else {}
        beat = heartbeats.Heartbeat(
            service=service, instance=f"{service}-1", at=now, started_at=begin, counters=counters
        )
        around.add(f"heartbeat-{service}-1", beat, end, traceparent=_TRACE)
    return around.records
