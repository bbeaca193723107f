"""H15: GHL's ids contain `:`, which is illegal in labels, so names and labels are hashes."""

import re

from hypothesis import given
from hypothesis import strategies as st
from slipway.provisioner.vps.naming import external_name

LABEL = re.compile(r"^[a-z0-9A-Z]([a-z0-9A-Z_.-]{0,61}[a-z0-9A-Z])?$")
HOST = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


@given(st.text(min_size=1), st.integers(1, 10_000))
def test_h15_every_id_becomes_a_legal_name_and_legal_labels(vps: str, generation: int) -> None:
    found = external_name("prod", f"loc:{vps}-1", generation)
    assert HOST.match(found.name)
    for value in found.labels.values():
        assert LABEL.match(value)


@given(st.sets(st.text(min_size=1), min_size=2, max_size=30))
def test_h15_different_vpss_never_share_a_name(ids: set[str]) -> None:
    names = {external_name("prod", one, 1).name for one in ids}
    assert len(names) == len(ids)
