"""Creates the provisioner's parts and connects them. The host runs them.

Only this module knows the concrete drivers.
"""

from datetime import timedelta

from slipway.contracts import topics
from slipway.contracts.subscriptions import SubscriptionEvent
from slipway.messaging.consumer import Inbox
from slipway.provisioner.accounts.decider import ACCOUNT
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.command_inbox import CommandInbox
from slipway.provisioner.inbox import SubscriptionInbox
from slipway.provisioner.inventory.reconciler import Reconciler
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.hetzner.driver import Hetzner
from slipway.provisioner.providers.registry import STEPS_PER_ACCOUNT, ProviderRegistry
from slipway.provisioner.safety.admission import Admission
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.settings import Settings
from slipway.provisioner.specs import Specs
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.worker.resume_withheld import Resumer
from slipway.provisioner.worker.step import Sources
from slipway.provisioner.worker.worker import Worker
from slipway.runtime.host import Host
from slipway.runtime.sources import new_id, random_fraction

_FOUND_BY = [("vps", "server"), ("vps", "operation"), ("vps", "withheld")]
_SLOW_ACCOUNTS = 4
"""The worker's concurrency is enough for all steps of this many accounts at their limit."""


class UnknownAccount(Exception):
    """A plan of specs.yaml names an account without a token, or a provider without a driver."""


def drivers_of(settings: Settings, specs: Specs) -> dict[str, Hetzner]:
    """Returns a driver for each account of the settings. Raises UnknownAccount."""
    tokens = settings.provisioner_accounts
    for account_id in specs.accounts:
        if account_id not in tokens:
            raise UnknownAccount(f"SLIPWAY_PROVISIONER_ACCOUNTS has no token for {account_id!r}")
    drivers = {}
    for account_id, token in tokens.items():
        if not account_id.startswith("hetzner/"):
            raise UnknownAccount(f"no driver for {account_id!r}: providers here are hetzner")
        drivers[account_id] = Hetzner(
            token.get_secret_value(),
            settings.provisioner_hetzner_url,
            account_id=account_id,
            settle_seconds=settings.provisioner_settle_seconds,
        )
    return drivers


def wired(settings: Settings, specs: Specs) -> Host:
    """Returns the host with all parts of the provisioner. Raises UnknownAccount."""
    providers = ProviderRegistry(drivers_of(settings, specs), settings.installation)
    host = Host(settings.process, state_fields=_FOUND_BY)
    resumer = Resumer(host.store, host.clock, host.wake)
    prober = AccountProber(
        host.store,
        providers.drivers,
        installation=settings.installation,
        clock=host.clock,
        resume=resumer.resume,
    )
    reconciler = Reconciler(
        host.store,
        providers,
        prober,
        installation=settings.installation,
        every_seconds=settings.provisioner_inventory_seconds,
        clock=host.clock,
    )
    host.run("inventory", reconciler.run)
    worker = _worker(settings, host, providers, prober, reconciler)
    calls_at_once = STEPS_PER_ACCOUNT * min(len(providers.drivers), _SLOW_ACCOUNTS)
    host.work_on(VPS.category, worker.step, concurrency=calls_at_once)
    host.work_on(ACCOUNT.category, prober.step)
    _consume(settings, specs, host, prober, resumer)
    return host


def _worker(
    settings: Settings,
    host: Host,
    providers: ProviderRegistry,
    prober: AccountProber,
    reconciler: Reconciler,
) -> Worker:
    limits = Limits(settings.provisioner_brake_floor, settings.provisioner_brake_share)
    stalled_after = timedelta(seconds=settings.provisioner_stalled_seconds)
    return Worker(
        host.store,
        providers,
        Admission(host.store, limits, lambda: reconciler.fleet_size),
        prober,
        Sources(host.clock, boot_time, new_id, random_fraction),
        installation=settings.installation,
        stalled_after=stalled_after,
    )


def _consume(
    settings: Settings, specs: Specs, host: Host, prober: AccountProber, resumer: Resumer
) -> None:
    subscriptions = SubscriptionInbox(host.store, specs, clock=host.clock, wake=host.wake)
    commands = CommandInbox(
        host.store,
        prober,
        installation=settings.installation,
        clock=host.clock,
        new_id=new_id,
        wake=host.wake,
        resume=resumer.resume,
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
