"""Says which adapter goes where; the host runs them. No other module knows concrete drivers."""

from datetime import timedelta

from slipway.contracts import topics
from slipway.contracts.subscriptions import SubscriptionEvent
from slipway.contracts.vps import WithheldReason
from slipway.messaging.consumer import Inbox
from slipway.provisioner.accounts.decider import SCOPE
from slipway.provisioner.accounts.prober import Probing
from slipway.provisioner.inbox import CommandInbox, SubscriptionInbox
from slipway.provisioner.inventory.reconciler import Inventory
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.hetzner.driver import Hetzner
from slipway.provisioner.providers.registry import PLACES, Clouds
from slipway.provisioner.safety.admission import Gate
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.settings import Settings
from slipway.provisioner.specs import Specs
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.worker.resume_withheld import Withheld
from slipway.provisioner.worker.worker import Outside, Worker
from slipway.provisioner.worker.worker import Settings as WorkerSettings
from slipway.runtime.host import Host
from slipway.runtime.sources import new_id, random_fraction, utcnow

_FOUND_BY = [("vps", "server"), ("vps", "operation"), ("vps", "withheld")]
_SLOW_ACCOUNTS = 4
"""So many accounts may be slow at the same time, and the next one is still served."""


class UnknownAccount(Exception):
    """A plan of specs.yaml names an account without a token, or a provider without a driver."""


def drivers_of(settings: Settings, specs: Specs) -> dict[str, Hetzner]:
    """Raises UnknownAccount."""
    tokens = settings.provisioner_accounts
    for account in specs.accounts:
        if account not in tokens:
            raise UnknownAccount(f"SLIPWAY_PROVISIONER_ACCOUNTS has no token for {account!r}")
    drivers = {}
    for account, token in tokens.items():
        if not account.startswith("hetzner/"):
            raise UnknownAccount(f"no driver for {account!r}: providers here are hetzner")
        drivers[account] = Hetzner(
            token.get_secret_value(),
            settings.provisioner_hetzner_url,
            account=account,
            settle_seconds=settings.provisioner_settle_seconds,
        )
    return drivers


def wired(settings: Settings, specs: Specs) -> Host:
    """Raises UnknownAccount."""
    clouds = Clouds(drivers_of(settings, specs), settings.installation)
    host = Host(settings.process, state_fields=_FOUND_BY)
    withheld = Withheld(host.store, utcnow, host.wake)
    probing = Probing(
        host.store,
        clouds.accounts,
        installation=settings.installation,
        clock=utcnow,
        released=lambda account_id: withheld.end(WithheldReason.ACCOUNT_PAUSED, account_id),
    )
    inventory = Inventory(
        host.store,
        clouds,
        probing,
        installation=settings.installation,
        every_seconds=settings.provisioner_inventory_seconds,
        clock=utcnow,
    )
    host.run("inventory", inventory.run)
    worker = _worker(settings, host, clouds, probing, inventory)
    calls_at_once = PLACES * min(len(clouds.accounts), _SLOW_ACCOUNTS)
    host.work_on(VPS.category, worker.step, concurrency=calls_at_once)
    host.work_on(SCOPE.category, probing.step)
    _consume(settings, specs, host, probing, withheld)
    return host


def _worker(
    settings: Settings, host: Host, clouds: Clouds, probing: Probing, inventory: Inventory
) -> Worker:
    limits = Limits(settings.provisioner_brake_floor, settings.provisioner_brake_share)
    stalled_after = timedelta(seconds=settings.provisioner_stalled_seconds)
    return Worker(
        host.store,
        clouds,
        Gate(host.store, limits, lambda: inventory.fleet),
        probing,
        WorkerSettings(settings.installation, stalled_after),
        Outside(utcnow, boot_time, new_id, random_fraction),
    )


def _consume(
    settings: Settings, specs: Specs, host: Host, probing: Probing, withheld: Withheld
) -> None:
    subscriptions = SubscriptionInbox(host.store, specs, clock=utcnow, wake=host.wake)
    commands = CommandInbox(
        host.store,
        probing,
        installation=settings.installation,
        clock=utcnow,
        new_id=new_id,
        wake=host.wake,
        end_withholding=withheld.end,
    )
    host.consume(
        Inbox(
            "provisioner.subscriptions",
            [topics.SUBSCRIPTIONS],
            subscriptions.on_subscription,
            wants=(SubscriptionEvent,),
        ),
        Inbox("provisioner.commands", [topics.COMMANDS], commands.on_command),
    )
