"""Each customer who pays and gets nothing is announced, counted and named."""

from slipway.contracts.incidents import IncidentCause, IncidentGrew
from slipway.notifier.incidents.rules.result import Recovery, Symptom

from tests.support.dsl.notifier_worker import symptom
from tests.support.servers.notifier_inbox import NotifierOverMongo


async def test_each_of_nine_buyers_of_an_unmapped_price_is_announced_and_named(
    here: NotifierOverMongo,
) -> None:
    for number in range(1, 10):
        await here.symptoms_found(
            symptom(
                f"loc:s{number}",
                cause=IncidentCause.PLAN_UNMAPPED,
                subject="price_9",
                subscription_id=f"loc:s{number}",
                contact_id=f"c{number}",
            )
        )
    grown = [one for one in await here.incident_events() if isinstance(one, IncidentGrew)]
    assert [one.symptom_count for one in grown] == list(range(2, 10))
    assert [each.contact_id for each in grown[-1].customers] == [f"c{n}" for n in range(1, 10)]


async def test_a_buyer_who_comes_after_another_was_served_is_announced(
    here: NotifierOverMongo,
) -> None:
    def waits(number: int) -> Symptom:
        return symptom(
            f"loc:s{number}",
            cause=IncidentCause.PLAN_UNMAPPED,
            subject="price_9",
            subscription_id=f"loc:s{number}",
        )

    for number in (1, 2, 3):
        await here.symptoms_found(waits(number))
    served = Recovery(IncidentCause.PLAN_UNMAPPED, None, "loc:s1", "It is clear again.")
    await here.symptoms_found(served)
    await here.symptoms_found(waits(4))
    grown = [one for one in await here.incident_events() if isinstance(one, IncidentGrew)]
    assert [one.symptom_count for one in grown] == [2, 3, 3]
