"""Reads from GHL the records that a delivery's hints name. `worker` calls it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slipway.contracts.deliveries import Hint
from slipway.contracts.envelope import Meta
from slipway.contracts.ids import subscription_id
from slipway.ingest.ghl.payload import text
from slipway.ingest.ghl.port import GhlApi
from slipway.ingest.ghl.record import order_id_in
from slipway.ingest.ghl.status import classify
from slipway.ingest.subscriptions.reader import (
    CommandFor,
    ReadResult,
    RecordReader,
    complete_assessment,
    record_assessment,
)


@dataclass(frozen=True)
class RecordKey:
    subscription: str
    order: str | None


@dataclass(frozen=True)
class FoundRecords:
    results: Mapping[str, ReadResult]
    """The results by subscription id."""
    shows_claims: bool
    """Whether the records show the status that each hint claims."""


class HintReader:
    def __init__(self, ghl: GhlApi, reader: RecordReader) -> None:
        self._ghl = ghl
        self._reader = reader

    async def read(
        self, hints: Sequence[Hint], meta: Meta, *, is_last: bool = True
    ) -> FoundRecords:
        """Reads each subscription that the hints name, once. Raises TryLater and Refused.

        Before the last read, nothing is concluded from an order that GHL does not show yet.
        """
        results: dict[str, ReadResult] = {}
        command_for = record_assessment if is_last else complete_assessment
        shows_claims = True
        for hint in hints:
            found = await self._read_hint(hint, meta, results, command_for)
            complete = all(result.is_complete for result in found)
            shows_claims = shows_claims and complete and await self._shows_claim(hint, found, meta)
        return FoundRecords(results, shows_claims)

    async def changed(self, result: ReadResult, meta: Meta) -> bool:
        """Returns whether this delivery changed the subscription.

        A change by an earlier run that crashed afterwards counts as well.
        """
        if result.changed or meta.causation_id is None:
            return result.changed
        return await self._reader.has_change_caused_by(result, meta.causation_id)

    async def _read_hint(
        self, hint: Hint, meta: Meta, results: dict[str, ReadResult], command_for: CommandFor
    ) -> Sequence[ReadResult]:
        if hint.subscription_id is not None:
            id_ = subscription_id(hint.location_id, hint.subscription_id)
            found = await self._read_all(
                [RecordKey(id_, hint.order_id)], meta, results, command_for
            )
            if found:
                return found
        return await self._read_all(await self._search(hint), meta, results, command_for)

    async def _search(self, hint: Hint) -> Sequence[RecordKey]:
        """Returns the keys of all records of the hint's order or contact.

        The caller reads each record by its id, because a search proves no identity (H7).
        """
        rows = (
            await self._ghl.search(hint.location_id, order=hint.order_id) if hint.order_id else ()
        )
        if not rows and hint.contact_id:
            rows = await self._ghl.search(hint.location_id, contact=hint.contact_id)
        return [
            RecordKey(subscription_id(hint.location_id, id_), order_id_in(row))
            for row in rows
            if (id_ := text(row.get("_id")))
        ]

    async def _read_all(
        self,
        keys: Sequence[RecordKey],
        meta: Meta,
        results: dict[str, ReadResult],
        command_for: CommandFor,
    ) -> Sequence[ReadResult]:
        """Returns the records that GHL shows. A record that is in `results` is not read again."""
        found = []
        for key in keys:
            result = results.get(key.subscription)
            if result is None:
                result = await self._reader.read(
                    key.subscription, meta, order=key.order, command_for=command_for
                )
            if result.found:
                results[key.subscription] = result
                found.append(result)
        return found

    async def _shows_claim(self, hint: Hint, found: Sequence[ReadResult], meta: Meta) -> bool:
        """Returns whether the records show the status that the hint claims.

        Among several records, only the records that this delivery changed count. Another record may
        have had this status before, while the record of this webhook is not up to date yet.
        """
        if not found or hint.claimed_status is None:
            return bool(found)
        claimed = classify(hint.claimed_status)
        matching = [result for result in found if result.status is claimed]
        if len(found) == 1:
            return bool(matching)
        return any([await self.changed(result, meta) for result in matching])
