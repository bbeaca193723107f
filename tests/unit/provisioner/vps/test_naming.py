"""The name of a VPS at a provider, and the name of an account's sentinel."""

from hypothesis import given
from hypothesis import strategies as st
from slipway.provisioner.vps.naming import (
    GENERATION,
    KEY,
    VPS,
    external_name,
    sentinel_name,
    vps_label,
)

IDS = st.text(min_size=1, max_size=30)


@given(IDS, IDS, st.integers(1, 99))
def test_the_same_vps_and_generation_always_have_the_same_name(
    installation: str, vps: str, generation: int
) -> None:
    called = external_name(installation, vps, generation)
    assert called == external_name(installation, vps, generation)
    assert called.labels[VPS] == vps_label(installation, vps)


@given(st.sets(st.tuples(IDS.filter(lambda id_: "\n" not in id_), st.integers(1, 9)), min_size=2))
def test_different_vpss_have_different_names(called: set[tuple[str, int]]) -> None:
    names = {external_name("test", vps, generation).name for vps, generation in called}
    assert len(names) == len(called)


def test_generations_share_the_vps_label_and_nothing_else() -> None:
    one, two = external_name("test", "loc:ada-1", 1), external_name("test", "loc:ada-1", 2)
    assert one.labels[VPS] == two.labels[VPS]
    assert one.labels[KEY] != two.labels[KEY]
    assert (one.labels[GENERATION], two.labels[GENERATION]) == ("1", "2")


def test_every_account_has_a_sentinel_of_its_own() -> None:
    names = {
        sentinel_name(installation, account)
        for installation in ("test", "live")
        for account in ("hetzner/main", "hetzner/second")
    }
    assert len(names) == 4
