"""H11: a plan moves to another size or cloud; existing VPSs keep their spec."""

from slipway.provisioner.inbox import SubscriptionInbox
from slipway.provisioner.specs import parse

from tests.support.dsl.provisioner import SPECS, provisioner


async def test_h11_edited_specs_apply_to_new_vpss_only() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready("ada")
        edited = parse(SPECS.replace("cx22", "cx32"))
        here.subscriptions = SubscriptionInbox(
            here.store, edited, clock=here.clock, wake=lambda: None
        )
        await here.pays("ada")
        await here.ready("bob")
        await here.work(120, pace=10)
        old, new = await here.state("ada"), await here.state("bob")
        assert old.spec is not None
        assert new.spec is not None
        assert (old.spec.size, new.spec.size) == ("cx22", "cx32")
        assert here.servers_ever_made == 2
