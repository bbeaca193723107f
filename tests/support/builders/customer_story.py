"""Builds the events that the services publish about one customer, with versions and times.

The defaults describe a normal purchase. A test passes only the values that matter to it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.contracts import commands, deliveries, incidents, subscriptions, vps
from slipway.contracts.envelope import Message, Meta, Recorded

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Story:
    """One subscription with one VPS. `at` is in seconds after noon."""

    def __init__(self, subscription: str = "loc1:sub1", begin: datetime = NOON) -> None:
        self.subscription = subscription
        self.vps = f"{subscription}-1"
        self.location = subscription.partition(":")[0]
        self.begin = begin
        self.records: list[Recorded] = []
        self._versions: dict[str, int] = {}

    def add(self, stream: str, event: Message, at: float, **meta: Any) -> Recorded:
        version = self._versions.get(stream, 0) + 1
        self._versions[stream] = version
        recorded = Recorded(
            stream=stream,
            version=version,
            time=self.time(at),
            event=event,
            meta=Meta(**{"correlation_id": f"c-{self.subscription}", **meta}),
        )
        self.records.append(recorded)
        return recorded

    def time(self, at: float) -> datetime:
        return self.begin + timedelta(seconds=at)

    def entitled(self, verdict: str, at: float, *, cls: Any = None, **changes: Any) -> Recorded:
        classes = {
            "running": subscriptions.EntitlementGranted,
            "suspended": subscriptions.EntitlementSuspended,
            "absent": subscriptions.EntitlementEnded,
        }
        facts: dict[str, Any] = {
            "subscription_id": self.subscription,
            "location_id": self.location,
            "contact_id": "contact1",
            "verdict": verdict,
            "reason": "as GHL says",
            "plan": "small",
            "quantity": 1,
            "started_at": self.time(at) if verdict == "running" else None,
            "changed_at": self.time(at),
            "decided_at": self.time(at),
            "record": {"status": "active"},
            **changes,
        }
        extra = {"price_id": "p1"} if cls is subscriptions.PlanUnmapped else {}
        event = (cls or classes[verdict])(entitlement=subscriptions.Entitlement(**facts), **extra)
        return self.add(f"subscription-{self.subscription}", event, at)

    def on_vps(self, cls: Any, at: float, *, by: str = "slipway", **fields: Any) -> Recorded:
        event = cls(
            vps_id=self.vps,
            subscription_id=self.subscription,
            location_id=self.location,
            **fields,
        )
        return self.add(f"vps-{self.vps}", event, at, actor=by)

    def wanted(self, desired: str, at: float, *, source: int = 1, **fields: Any) -> Recorded:
        values: dict[str, Any] = {"desired_since": self.time(at), "plan": "small", **fields}
        return self.on_vps(
            vps.DesiredStateChanged,
            at,
            desired=desired,
            source={"epoch": 0, "version": source},
            reason="as GHL says",
            **values,
        )

    def started(self, kind: str, at: float, operation: str = "op1", **fields: Any) -> Recorded:
        names = {"external_name": "slw-abc", "labels": {}, "generation": 1, **fields}
        return self.on_vps(vps.OperationStarted, at, operation_id=operation, kind=kind, **names)

    def ready(self, at: float, **fields: Any) -> Recorded:
        proof = {"operation_id": "op1", "provider_id": "77", "generation": 1, "ipv4": "10.0.0.7"}
        return self.on_vps(vps.VpsReady, at, **{**proof, **fields})

    def suspended(self, at: float) -> Recorded:
        return self.on_vps(vps.VpsSuspended, at, operation_id="op2", provider_id="77")

    def resumed(self, at: float) -> Recorded:
        return self.on_vps(
            vps.VpsResumed, at, operation_id="op3", provider_id="77", ipv4="10.0.0.7"
        )

    def deleted(self, at: float, **fields: Any) -> Recorded:
        proof = {"operation_id": "op4", "provider_id": "77", "generation": 1}
        return self.on_vps(vps.VpsDeleted, at, **{**proof, **fields})

    def parked(self, kind: str, at: float, fault: str = "quota") -> Recorded:
        problem = {"kind": fault, "code": "limit", "message": "No more servers allowed"}
        return self.on_vps(
            vps.OperationParked, at, operation_id="op1", kind=kind, fault=problem, attempts=3
        )

    def bought(self, at: float = 0, *, ready_after: float = 60) -> "Story":
        """Adds all events of a successful purchase."""
        self.applied(self.delivered(at), at + 1)
        self.entitled("running", at + 1, started_at=self.time(at))
        self.on_vps(vps.VpsRequested, at + 2, spec=_SPEC, spec_hash="h", contact_id="contact1")
        self.wanted("running", at + 2, source=1, desired_since=self.time(at))
        self.started("create", at + 3)
        self.ready(at + ready_after)
        return self

    def delivered(self, at: float, id_: str | None = None, **fields: Any) -> str:
        delivery_id = id_ or f"signed:{self.subscription}-{at}"
        received = {"event_type": "OrderCreate", "location_id": self.location, "webhook_id": "w"}
        event = deliveries.DeliveryReceived(
            **{
                "delivery_id": delivery_id,
                "channel": "signed",
                "received_at": self.time(at),
                "raw": None,
                **received,
                **fields,
            }
        )
        self.add(f"delivery-{delivery_id}", event, at)
        return delivery_id

    def applied(self, delivery_id: str, at: float, **fields: Any) -> Recorded:
        facts: dict[str, Any] = {"channel": "signed", "changed": True, **fields}
        event = deliveries.DeliveryApplied(
            delivery_id=delivery_id, subscription_ids=(self.subscription,), **facts
        )
        return self.add(f"delivery-{delivery_id}", event, at)

    def incident(self, at: float, id_: str = "i1", **fields: Any) -> str:
        facts: dict[str, Any] = {
            "cause": "create-failed",
            "subject": self.vps,
            "severity": "now",
            "title": "A server could not be created",
            "explanation": "The account has reached its limit.",
            "next_step": "Raise the limit, then retry.",
            "since": self.time(at),
            **fields,
        }
        event = incidents.IncidentOpened(incident_id=id_, **facts)
        self.add(f"incident-{id_}", event, at)
        return id_

    def notified(self, incident_id: str, at: float, occasion: str = "opened") -> Recorded:
        event = incidents.NotificationSent(
            notification_id=f"{incident_id}/1/slack",
            incident_id=incident_id,
            channel="slack",
            occasion=occasion,
            attempt=1,
            repeat=False,
        )
        return self.add(f"notification-{incident_id}/1/slack", event, at)


def refused_deletion() -> Story:
    """An admin asks to delete a paid server, and GHL says that the customer still pays."""
    story = Story().bought()
    by = {"command_id": "k1", "actor": "user:ada@example.com", "reason": "because"}
    story.on_vps(vps.DeletionRequested, 100, **by, overridden=False)
    story.started("delete", 101, "op9")
    story.on_vps(vps.ReleaseRequested, 101, kind="delete", nonce="n", requested_at=story.time(101))
    source = {"epoch": 0, "version": 5}
    contradicted: dict[str, Any] = {
        "kind": "delete",
        "nonce": "n",
        "answer": "contradicted",
        "source": source,
    }
    story.on_vps(vps.ReleaseAnswered, 103, **contradicted)
    refused = commands.CommandRefused(
        command_id="k1", command_type=commands.DeleteVps.TYPE, reason="The customer still pays."
    )
    story.add(f"vps-{story.vps}", refused, 103)
    story.on_vps(vps.OperationSuperseded, 103, operation_id="op9", kind="delete")
    return story


_SPEC = {
    "plan": "small",
    "provider": "hetzner",
    "account": "main",
    "size": "cx22",
    "image": "debian-12",
    "regions": ("fsn1",),
}
