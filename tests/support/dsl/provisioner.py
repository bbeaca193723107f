"""A provisioner in memory with its real driver, a simulated cloud on a socket, and a hand clock.

Instead of Kafka, tests pass events to the inboxes and read the streams.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from slipway.contracts import commands
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.subscriptions import (
    CheckAnswer,
    Entitlement,
    EntitlementChecked,
    Verdict,
)
from slipway.contracts.vps import ReleaseRequested
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.store import VersionConflict
from slipway.provisioner.accounts.decider import ACCOUNT
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.command_inbox import CommandInbox
from slipway.provisioner.inbox import SubscriptionInbox
from slipway.provisioner.inventory.reconciler import Reconciler
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.driver import ProviderDriver
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.safety.admission import Admission
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.specs import Specs, parse
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.operation.state import AwaitingRelease
from slipway.provisioner.vps.state import Vps
from slipway.provisioner.worker.resume_withheld import Resumer
from slipway.provisioner.worker.step import Sources
from slipway.provisioner.worker.worker import Worker

from tests.support.builders.entitlements import (
    EVENTS,
    LOCATION,
    REQUIRES,
    answer_of,
    entitlement,
)
from tests.support.servers.drivers import Connect, hetzner
from tests.support.servers.simulated_cloud import Served, served_cloud

ACCOUNT_ID = "hetzner/main"
INSTALLATION = "test"
SPECS = """
plans:
  small: {provider: hetzner, account: main, size: cx22, image: debian-12, regions: [fsn1, nbg1]}
"""


async def _some_turns_of_the_loop() -> None:
    """Waits until all steps of one round have joined one list, however slow the machine is."""
    for _ in range(100):
        await asyncio.sleep(0)


class Provisioner:
    def __init__(
        self,
        served: Served,
        specs: Specs,
        limits: Limits,
        boot: Callable[[], float] = boot_time,
        connect: Connect = hetzner,
    ) -> None:
        self.served = served
        self.clock = served.clock
        self.cloud = served.cloud
        self.store = MemoryEventStore(self.clock)
        self._numbers = itertools.count(1)
        self._versions = itertools.count(1)
        self._boot = boot
        self._limits = limits
        self.ghl_answers = False
        """Whether GHL answers each request for a confirmation at once; else the test does."""
        self._records: dict[str, tuple[Verdict, dict[str, Any]]] = {}
        """What GHL's record of each customer says, and its other fields."""
        self._answered: set[str] = set()
        self.driver = connect(served)
        self.start(specs, {ACCOUNT_ID: self.driver})

    def start(self, specs: Specs, accounts: dict[str, ProviderDriver]) -> None:
        """Starts again on the same store, as a new process with other settings does."""
        providers = ProviderRegistry(accounts, INSTALLATION, _some_turns_of_the_loop)
        self._resumer = Resumer(self.store, self.clock, lambda: None)
        self.prober = AccountProber(
            self.store,
            providers.drivers,
            installation=INSTALLATION,
            clock=self.clock,
            resume=self._resumer.resume,
        )
        self.reconciler = Reconciler(
            self.store,
            providers,
            self.prober,
            installation=INSTALLATION,
            every_seconds=60,
            clock=self.clock,
        )
        self.worker = Worker(
            self.store,
            providers,
            Admission(self.store, self._limits, lambda: self.reconciler.fleet_size),
            self.prober,
            Sources(self.clock, self._boot, self.new_id, lambda: 0.5),
            installation=INSTALLATION,
            stalled_after=timedelta(minutes=15),
        )
        self._open_inboxes(specs)

    def _open_inboxes(self, specs: Specs) -> None:
        self.subscriptions = SubscriptionInbox(
            self.store, specs, clock=self.clock, wake=lambda: None
        )
        self.commands = CommandInbox(
            self.store,
            self.prober,
            installation=INSTALLATION,
            clock=self.clock,
            new_id=self.new_id,
            wake=lambda: None,
            resume=self._resumer.resume,
        )

    def new_id(self) -> str:
        return f"id{next(self._numbers)}"

    @property
    def now(self) -> datetime:
        return self.clock()

    async def switch_to_act(self) -> None:
        await self.admin_sends(commands.SetLocationMode, location_id=LOCATION, mode="act")

    async def admin_sends(self, cls: type[commands.Command], **fields: Any) -> str:
        given = {"command_id": self.new_id(), "actor": "user:ada", "reason": "test", **fields}
        command = cls(issued_at=self.now, **given)
        await self.commands.on_command(self._recorded(f"command-{command.command_id}", 1, command))
        return command.command_id

    def entitlement(self, verdict: Verdict, customer: str = "ada", **more: Any) -> Entitlement:
        return entitlement(verdict, customer, self.now, **more)

    async def entitle(
        self, verdict: Verdict, customer: str = "ada", *, version: int | None = None, **more: Any
    ) -> Recorded:
        self.ghl_says(verdict, customer, **more)
        event = EVENTS[verdict](entitlement=self.entitlement(verdict, customer, **more))
        stream = f"subscription-{LOCATION}:{customer}"
        record = self._recorded(stream, version or next(self._versions), event)
        await self.subscriptions.on_subscription(record)
        return record

    def ghl_says(self, verdict: Verdict, customer: str = "ada", **more: Any) -> None:
        """Changes GHL's record; the provisioner hears of it only by `entitle` or a confirmation."""
        self._records[customer] = (verdict, more)

    async def pays(self, customer: str = "ada", **more: Any) -> Recorded:
        return await self.entitle(Verdict.RUNNING, customer, **more)

    async def cancels(self, customer: str = "ada", **more: Any) -> Recorded:
        return await self.entitle(Verdict.ABSENT, customer, **more)

    async def confirmation_answered(
        self, answer: CheckAnswer, customer: str = "ada", *, nonce: str | None = None
    ) -> None:
        """Answers the latest request for a confirmation as if GHL's record required it."""
        asked = [e for e in await self.events(customer) if isinstance(e, ReleaseRequested)]
        verdict, more = self._records[customer]
        if answer is CheckAnswer.UNKNOWN:
            verdict = Verdict.UNCHANGED
        elif answer is not answer_of(asked[-1].kind, verdict):
            verdict, more = REQUIRES[asked[-1].kind, answer], {}
        await self._checked(asked[-1], answer, self.entitlement(verdict, customer, **more), nonce)

    async def _answer_for_ghl(self) -> bool:
        """Answers all open requests as GHL's records say; returns whether there were any."""
        answered = False
        for customer, (verdict, more) in self._records.items() if self.ghl_answers else ():
            for ordinal in range(1, more.get("quantity", 1) + 1):
                operation = (await self.state(customer, ordinal)).operation
                if operation is None or not isinstance(operation.phase, AwaitingRelease):
                    continue
                events = await self.events(customer, ordinal)
                asked = [e for e in events if isinstance(e, ReleaseRequested)][-1]
                if asked.nonce not in self._answered:
                    said = self.entitlement(verdict, customer, **more)
                    await self._checked(asked, answer_of(asked.kind, verdict), said)
                    answered = True
        return answered

    async def _checked(
        self,
        asked: ReleaseRequested,
        answer: CheckAnswer,
        said: Entitlement,
        nonce: str | None = None,
    ) -> None:
        self._answered.add(asked.nonce)
        event = EntitlementChecked(
            entitlement=said,
            vps_id=asked.vps_id,
            kind=asked.kind,
            nonce=nonce or asked.nonce,
            answer=answer,
        )
        customer = said.subscription_id.removeprefix(f"{LOCATION}:")
        stream = f"subscription-{LOCATION}:{customer}"
        record = self._recorded(stream, next(self._versions), event)
        await self.subscriptions.on_subscription(record)

    async def work(self, seconds: float = 0.0, *, pace: float = 1.0) -> None:
        """Runs all due steps, and moves the clock in steps of `pace` seconds."""
        await self._until_idle()
        for _ in range(round(seconds / pace)):
            self.clock.forward(pace)
            await self._until_idle()

    async def _until_idle(self) -> None:
        await self._do_due_steps()
        while await self._answer_for_ghl():
            await self._do_due_steps()

    async def _do_due_steps(self) -> None:
        for category, step in (("account", self.prober.step), ("vps", self.worker.step)):
            while claims := await self.store.claim(category, self.new_id(), 30, 10):
                for claim in claims:
                    # Due work does the same: an earlier step of this round resumed the stream.
                    with contextlib.suppress(VersionConflict):
                        await step(claim)
                    await self.store.release(claim)

    async def work_at_once(self, seconds: int) -> None:
        """As `work`, but runs the steps of each round concurrently, so that they share lists."""
        for _ in range(seconds):
            self.clock.forward(1)
            claims = await self.store.claim("vps", self.new_id(), 30, 10)
            await asyncio.gather(*(self.worker.step(claim) for claim in claims))
            for claim in claims:
                await self.store.release(claim)
            await self._until_idle()

    async def ready(self, customer: str = "ada") -> None:
        """A customer pays, and their server becomes ready."""
        await self.pays(customer)
        await self.work(10)
        assert (await self.state(customer)).server is not None

    async def state(self, customer: str = "ada", ordinal: int = 1) -> Vps:
        stream = stream_of("vps", vps_id(f"{LOCATION}:{customer}", ordinal))
        return (await self.store.load(VPS, stream)).state

    async def account(self) -> Any:
        return (await self.store.load(ACCOUNT, stream_of("account", ACCOUNT_ID))).state

    async def events(self, customer: str = "ada", ordinal: int = 1) -> list[Event]:
        stream = stream_of("vps", vps_id(f"{LOCATION}:{customer}", ordinal))
        found = [record.event for record in await self.store.read(stream)]
        return [event for event in found if isinstance(event, Event)]

    async def names(self, customer: str = "ada", ordinal: int = 1) -> list[str]:
        return [type(event).__name__ for event in await self.events(customer, ordinal)]

    @property
    def servers_alive(self) -> int:
        """Returns the number of servers without a delete request."""
        return sum(one.delete_asked_at is None for one in self.cloud.servers.values())

    @property
    def servers_ever_made(self) -> int:
        return len(self.cloud.servers)

    def _recorded(self, stream: str, version: int, event: Any) -> Recorded:
        meta = Meta(correlation_id="story")
        return Recorded(stream=stream, version=version, time=self.now, event=event, meta=meta)


@contextmanager
def provisioner(
    specs: str = SPECS,
    *,
    limits: Limits | None = None,
    boot: Callable[[], float] = boot_time,
    connect: Connect = hetzner,
    cloud_ahead_seconds: float = 0.0,
) -> Iterator[Provisioner]:
    with served_cloud(ahead_seconds=cloud_ahead_seconds) as served:
        yield Provisioner(served, parse(specs), limits or Limits(floor=100), boot, connect)
