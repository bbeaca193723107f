"""Topic `commands`: requests of operators and admins to a service.

The portal creates the command's id together with the page, so a form that is sent twice is one
command. The service answers with events that carry the command's id as `meta.causation_id`. A
refusal is a `CommandRefused` in the target's stream, or in `refusal-<command id>` if there is no
target.
"""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event, Message, Meta
from slipway.contracts.vps_values import LocationMode


class Command(Message):
    command_id: str
    issued_at: AwareDatetime
    actor: str
    """The sender, as `user:<mail>`."""
    reason: str
    seen_version: int | None = None
    """The version of the target's stream that the page showed.

    The service refuses the command if the entitlement has changed since then (H21).
    """

    def meta_of_answer(self, sent_with: Meta) -> Meta:
        """Returns the meta data of the events that answer this command."""
        return Meta(
            correlation_id=sent_with.correlation_id,
            causation_id=self.command_id,
            traceparent=sent_with.traceparent,
            actor=self.actor,
        )


class RetryOperation(Command):
    """To the provisioner: try a parked operation again."""

    TYPE = "slipway.commands.retry-operation.v1"

    vps_id: str


class ResolveManually(Command):
    """To the provisioner: an operator made the change at the provider.

    The next poll checks whether the server shows this change.
    """

    TYPE = "slipway.commands.resolve-manually.v1"

    vps_id: str


class CreateVps(Command):
    """To the provisioner: create a paid VPS, even if it is parked or the brake is engaged."""

    TYPE = "slipway.commands.create-vps.v1"

    vps_id: str


class SwitchOnVps(Command):
    """To the provisioner: switch on a paid server that was switched off at the provider."""

    TYPE = "slipway.commands.switch-on-vps.v1"

    vps_id: str


class DeleteVps(Command):
    """To the provisioner: delete a VPS.

    GHL must confirm the deletion, unless the admin typed the name of the server.
    """

    TYPE = "slipway.commands.delete-vps.v1"

    vps_id: str
    override_name: str | None = None
    """The server's name, typed by the admin. It replaces the deletion confirmation."""


class HoldVps(Command):
    """To the provisioner: change nothing of this VPS until the hold is released."""

    TYPE = "slipway.commands.hold-vps.v1"

    vps_id: str


class ReleaseHold(Command):
    TYPE = "slipway.commands.release-hold.v1"

    vps_id: str


class AdoptServer(Command):
    """To the provisioner: use this existing server as the server of the VPS."""

    TYPE = "slipway.commands.adopt-server.v1"

    vps_id: str
    provider_id: str


class IgnoreVps(Command):
    """To the provisioner: never manage this VPS."""

    TYPE = "slipway.commands.ignore-vps.v1"

    vps_id: str


class ReleaseVps(Command):
    """To the provisioner: an admin confirms the operation, because GHL does not answer."""

    TYPE = "slipway.commands.release-vps.v1"

    vps_id: str


class SetLocationMode(Command):
    """To the provisioner: set the location's mode to `observe` or `act`."""

    TYPE = "slipway.commands.set-location-mode.v1"

    location_id: str
    mode: LocationMode


class ResetBrake(Command):
    """To the provisioner: allow suspensions and deletions again. Permits are counted from zero."""

    TYPE = "slipway.commands.reset-brake.v1"


class ReplayDelivery(Command):
    """To ingest: process the stored webhook again."""

    TYPE = "slipway.commands.replay-delivery.v1"

    delivery_id: str


class CheckSubscription(Command):
    """To ingest: read this subscription from GHL now."""

    TYPE = "slipway.commands.check-subscription.v1"

    subscription_id: str


class AcknowledgeIncident(Command):
    """To the notifier: an operator works on this incident, so stop its reminders."""

    TYPE = "slipway.commands.acknowledge-incident.v1"

    incident_id: str


class ResolveIncident(Command):
    """To the notifier: close the incident."""

    TYPE = "slipway.commands.resolve-incident.v1"

    incident_id: str


class RedriveDeadLetter(Command):
    """To the named consumer: process the record again, then the records that wait behind it."""

    TYPE = "slipway.commands.redrive-dead-letter.v1"

    consumer: str
    dead_letter_id: str


class SkipDeadLetter(Command):
    """To the named consumer: skip the record, then process the records that wait behind it."""

    TYPE = "slipway.commands.skip-dead-letter.v1"

    consumer: str
    dead_letter_id: str


class CommandRefused(Event):
    """The service did not carry out the command. Published in the target's stream."""

    TYPE = "slipway.commands.refused.v1"

    command_id: str
    command_type: str
    reason: str
    """A sentence for the operator who sent the command."""
