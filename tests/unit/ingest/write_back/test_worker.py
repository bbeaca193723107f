"""The write-back puts proven states into the contact's custom fields."""

from slipway.contracts.subscriptions import (
    WriteBackDone,
    WriteBackFailed,
)
from slipway.contracts.vps import VpsDeleted, VpsReady

from tests.support.builders.ghl_records import CONTACT, LOCATION, order, record
from tests.support.dsl.ingest import ID, IngestInMemory

WRITE_BACK = f"writeback-{LOCATION}:{CONTACT}"


def _ready(ip: str | None = "192.0.2.7") -> VpsReady:
    return VpsReady(
        vps_id=f"{ID}-1",
        subscription_id=ID,
        location_id=LOCATION,
        operation_id="op1",
        provider_id="42",
        generation=1,
        ipv4=ip,
    )


async def test_a_proven_state_is_written_to_the_contact() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.read()
    ingest.ghl.outage()
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {}
    ingest.ghl.down = None
    await ingest.work_for(3)
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.7", "cf2": "ready"}}
    assert isinstance((await ingest.events(WRITE_BACK))[-1], WriteBackDone)
    gone = VpsDeleted(**_ready().model_dump(exclude={"ipv4", "ipv6", "region"}))
    await ingest.vps.on_vps(await ingest.record(gone, f"vps-{ID}-1", 9))
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "", "cf2": "gone"}}


async def test_a_contact_with_two_servers_shows_both_and_after_a_deletion_the_other() -> None:
    ingest = IngestInMemory()
    other = "68d0000000000000000000b2"
    ingest.ghl.has(record(), order())
    ingest.ghl.has(record(_id=other), order())
    await ingest.read()
    about = {"subscription_id": f"{LOCATION}:{other}", "vps_id": f"{LOCATION}:{other}-1"}
    second = _ready("192.0.2.8").model_copy(update={**about, "contact_id": CONTACT})
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.vps.on_vps(await ingest.record(second, f"vps-{about['vps_id']}", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.7, 192.0.2.8", "cf2": "ready"}}
    done = [one for one in await ingest.events(WRITE_BACK) if isinstance(one, WriteBackDone)]
    assert {one.subscription_id for one in done} == {ID, about["subscription_id"]}
    gone = VpsDeleted(**_ready().model_dump(exclude={"ipv4", "ipv6", "region"}))
    await ingest.vps.on_vps(await ingest.record(gone, f"vps-{ID}-1", 9))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.8", "cf2": "ready"}}


async def test_a_missing_custom_field_is_reported() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.read()
    ingest.ghl.fields = {"vps_ip": "cf1"}
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    failed = (await ingest.events(WRITE_BACK))[-1]
    assert isinstance(failed, WriteBackFailed)
    assert "vps_state" in failed.problem
