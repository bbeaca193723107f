"""Each account is identified by its own sentinel key, created by due work and never twice (H5)."""

import asyncio

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import Fault as Problem
from slipway.contracts.vps import FaultKind as Kind
from slipway.contracts.vps import FaultScope, WithheldReason
from slipway.eventstore.memory import MemoryEventStore
from slipway.provisioner.accounts.decider import ACCOUNT, Account
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.providers.driver import ProviderDriver
from slipway.provisioner.specs import parse
from slipway.simulators.cloud import CloudSettings, Fault, FaultKind
from slipway.simulators.cloud.settings import DEMO_TOKEN

from tests.support.dsl.provisioner import SPECS, provisioner
from tests.support.servers.drivers import hetzner
from tests.support.servers.simulated_cloud import Served, served_cloud

MAIN, SECOND, TOKEN = "hetzner/main", "hetzner/second", "token-of-the-second"
TWO = CloudSettings(tokens={DEMO_TOKEN: "main", TOKEN: "second"})
META = Meta(correlation_id="test")
LOST = Problem(
    kind=Kind.TRANSIENT, scope=FaultScope.ACCOUNT, code="503", message="The provider failed."
)


def prober(
    served: Served, store: MemoryEventStore, drivers: dict[str, ProviderDriver]
) -> AccountProber:
    async def resume(_reason: WithheldReason, _account: str) -> None:
        return

    return AccountProber(store, drivers, installation="test", clock=served.clock, resume=resume)


async def probe(
    served: Served, store: MemoryEventStore, drivers: dict[str, ProviderDriver]
) -> None:
    """Runs the probes that are due now."""
    for claim in await store.claim("account", f"at {served.clock()}", 30, 10):
        await prober(served, store, drivers).step(claim)
        await store.release(claim)


async def account(store: MemoryEventStore, name: str) -> Account:
    return (await store.load(ACCOUNT, stream_of("account", name))).state


async def test_two_swapped_tokens_prove_neither_account() -> None:
    with served_cloud(TWO) as served:
        store, main, second = (
            MemoryEventStore(served.clock),
            hetzner(served),
            hetzner(served, token=TOKEN),
        )
        await prober(served, store, {MAIN: main, SECOND: second}).request_sentinels(META)
        await probe(served, store, {MAIN: main, SECOND: second})
        assert (await account(store, MAIN)).is_usable
        assert (await account(store, SECOND)).is_usable
        assert len(served.cloud.ssh_keys) == 2
        swapped = {MAIN: second, SECOND: main}
        for name in swapped:
            await prober(served, store, swapped).report_missing_sentinel(name, META)
            assert (await account(store, name)).proof_failed
        assert len(served.cloud.ssh_keys) == 2, "a missing key is never made again"


async def test_due_work_creates_the_sentinel_when_the_provider_is_back() -> None:
    with served_cloud() as served:
        store = MemoryEventStore(served.clock)
        closed = hetzner(Served(served.cloud, served.clock, "http://127.0.0.1:9"))
        await prober(served, store, {MAIN: closed}).request_sentinels(META)
        await probe(served, store, {MAIN: closed})
        assert (await account(store, MAIN)).fault is not None
        served.clock.forward(5)
        await probe(served, store, {MAIN: hetzner(served)})
        assert (await account(store, MAIN)).is_usable


async def test_an_account_added_after_the_location_acted_gets_a_sentinel_too() -> None:
    """Otherwise its operations would wait for ever, without any report of a broken account."""
    with provisioner() as here:
        await here.switch_to_act()
        await here.work()
        elsewhere = SPECS.replace("account: main", "account: second")
        here.start(parse(elsewhere), {MAIN: here.driver, SECOND: here.driver})
        await here.pays()
        await here.work(30)
        assert (await here.names())[-1] == "VpsReady"


async def test_many_faults_reported_at_once_share_one_probe() -> None:
    with served_cloud() as served:
        store, drivers = MemoryEventStore(served.clock), {MAIN: hetzner(served)}
        await prober(served, store, drivers).request_sentinels(META)
        await probe(served, store, drivers)
        served.cloud.faults.arm(Fault(FaultKind.SLOW, count=None, seconds=0.1))
        one = prober(served, store, drivers)
        await asyncio.gather(*(one.report_fault(MAIN, LOST, META) for _ in range(24)))
        # One probe each, in turn, would keep every worker for longer than its lease.
        # Two: the probe under way when the others came may have begun before their faults.
        assert served.cloud.faults.describe()[0]["struck"] == 4
        assert (await account(store, MAIN)).fault is None


async def test_a_deleted_sentinel_is_restored_only_by_an_operator() -> None:
    """By its name, as the operations page says. Slipway never does: it may be another account."""
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        (name,) = [key.name for key in here.cloud.ssh_keys.values()]
        here.cloud.ssh_keys.clear()
        await here.prober.report_missing_sentinel(MAIN, META)
        await here.work(120, pace=10)
        assert (await here.account()).proof_failed
        here.served.client().ssh_keys.create(name=name, public_key="ssh-ed25519 AAAA anybody")
        await here.work(40, pace=10)
        assert (await here.account()).is_usable
