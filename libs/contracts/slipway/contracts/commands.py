"""Topic `commands`: what people decided, in the imperative, with who, why and what they saw.

The portal issues the id with the page (twice sent = once done). The owning service answers in its
own stream: events caused by a command carry `meta.causation_id == command_id`; a refusal is a
`CommandRefused`, in the target's stream or, where there is none, in `refusal-<command id>`.
"""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event, Message, Meta
from slipway.contracts.vps_values import LocationMode


class Command(Message):
    command_id: str
    issued_at: AwareDatetime
    actor: str
    """`user:<mail>`."""
    reason: str
    seen_version: int | None = None
    """The target stream's version on the page; refused when the entitlement changed since (H21)."""

    def meta_of_answer(self, sent_with: Meta) -> Meta:
        """For the events that answer this command: its id is their cause, its actor is theirs."""
        return Meta(
            correlation_id=sent_with.correlation_id,
            causation_id=self.command_id,
            traceparent=sent_with.traceparent,
            actor=self.actor,
        )


class RetryOperation(Command):
    """Provisioner: try a parked operation again."""

    TYPE = "slipway.commands.retry-operation.v1"

    vps_id: str


class ResolveManually(Command):
    """Provisioner: a person did it at the provider; believe the next look-up and close."""

    TYPE = "slipway.commands.resolve-manually.v1"

    vps_id: str


class CreateVps(Command):
    """Provisioner: (re)create a VPS that its entitlement wants, past parking or a brake."""

    TYPE = "slipway.commands.create-vps.v1"

    vps_id: str


class DeleteVps(Command):
    """Provisioner: a person's delete; the same two keys, unless overridden by name."""

    TYPE = "slipway.commands.delete-vps.v1"

    vps_id: str
    override_name: str | None = None
    """The server's name, typed by the person: skips the second key."""


class HoldVps(Command):
    """Provisioner: touch nothing of this VPS until lifted."""

    TYPE = "slipway.commands.hold-vps.v1"

    vps_id: str


class ReleaseHold(Command):
    TYPE = "slipway.commands.release-hold.v1"

    vps_id: str


class AdoptServer(Command):
    """Provisioner: this existing server is the VPS; label it and manage it."""

    TYPE = "slipway.commands.adopt-server.v1"

    vps_id: str
    provider_id: str


class IgnoreVps(Command):
    """Provisioner: never manage this VPS (served elsewhere)."""

    TYPE = "slipway.commands.ignore-vps.v1"

    vps_id: str


class ReleaseVps(Command):
    """Provisioner: GHL can't be asked, or a refund was decided: a person turns the second key."""

    TYPE = "slipway.commands.release-vps.v1"

    vps_id: str


class SetLocationMode(Command):
    """Provisioner: `observe` or `act`."""

    TYPE = "slipway.commands.set-location-mode.v1"

    location_id: str
    mode: LocationMode


class ResetBrake(Command):
    """Provisioner: destruction may go on; the window starts anew."""

    TYPE = "slipway.commands.reset-brake.v1"


class ReplayDelivery(Command):
    """Ingest: read the raw body again."""

    TYPE = "slipway.commands.replay-delivery.v1"

    delivery_id: str


class CheckSubscription(Command):
    """Ingest: read this subscription back from GHL now."""

    TYPE = "slipway.commands.check-subscription.v1"

    subscription_id: str


class AcknowledgeIncident(Command):
    """Notifier: someone is on it; reminders stop."""

    TYPE = "slipway.commands.acknowledge-incident.v1"

    incident_id: str


class ResolveIncident(Command):
    """Notifier: a person says it is over."""

    TYPE = "slipway.commands.resolve-incident.v1"

    incident_id: str


class RedriveDeadLetter(Command):
    """Any consumer: the one named in `consumer` tries again."""

    TYPE = "slipway.commands.redrive-dead-letter.v1"

    consumer: str
    dead_letter_id: str


class SkipDeadLetter(Command):
    TYPE = "slipway.commands.skip-dead-letter.v1"

    consumer: str
    dead_letter_id: str


class CommandRefused(Event):
    """Not done, and why. Published in the target's stream."""

    TYPE = "slipway.commands.refused.v1"

    command_id: str
    command_type: str
    reason: str
    """A sentence for the person who clicked."""
