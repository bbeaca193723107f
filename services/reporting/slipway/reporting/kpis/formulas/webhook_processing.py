"""The share of authentic webhooks that were applied or ignored by a rule.

A change that only polling found had no webhook. It counts as one more unprocessed webhook.
"""

from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.kpi import KpiValue, share


def webhook_processing(inputs: KpiInputs) -> KpiValue:
    counts = inputs.counts
    missed, authentic = counts.of("deliveries.missed"), counts.of("deliveries.authentic")
    decided = counts.of("deliveries.processed") + counts.of("deliveries.quarantined")
    # Fresh cases are counted later than the buckets. `min` excludes cases that came in between.
    fresh = min(inputs.fresh_deliveries, authentic - decided)
    judged = authentic - fresh + missed
    details = {
        "found_by_polling_only": missed,
        "quarantined": counts.of("deliveries.quarantined"),
        "late": counts.of("deliveries.late"),
        "undecided_yet": fresh,
        "refused": counts.of("edge.refused_signature"),
        "duplicates": counts.of("edge.duplicates"),
    }
    return share(counts.of("deliveries.processed"), judged, details)
