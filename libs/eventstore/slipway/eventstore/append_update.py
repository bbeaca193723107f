"""Builds the update of an append, and finds out which streams of a bulk write existed already."""

from typing import Any

from pymongo.errors import BulkWriteError

from slipway.contracts.ids import category_of
from slipway.eventstore import documents
from slipway.eventstore.decider import Decider
from slipway.eventstore.documents import Document
from slipway.eventstore.store import StoreUnavailable
from slipway.eventstore.stream import Stream

_DUPLICATE_KEY = 11000


def update_of(decider: Decider[Any, Any], after: Stream[Any], entries: list[Document]) -> Document:
    """Returns the update of one append.

    It uses plain operators, because a pipeline would evaluate an event's text such as `"$secret"`.
    """
    return {
        "$push": {"events": {"$each": entries}},
        "$inc": {"version": len(entries)},
        "$set": {
            "category": category_of(after.id),
            "state": documents.dump_state(decider.state_type, after.state),
            "state_version": after.version,
            "fold_version": decider.fold_version,
            "due_at": after.due_at,
            "open": after.is_open,
        },
        "$currentDate": {"appended_at": True},
    }


def without_snapshot(update: Document) -> Document:
    cached = ("state", "state_version", "fold_version")
    kept = {name: value for name, value in update["$set"].items() if name not in cached}
    return {**update, "$set": kept}


def existed(error: BulkWriteError) -> set[int]:
    details: Document = dict(error.details or {})
    if details.get("writeConcernErrors"):
        raise StoreUnavailable("WriteConcernError") from error
    if any(problem["code"] != _DUPLICATE_KEY for problem in details["writeErrors"]):
        raise error
    return {problem["index"] for problem in details["writeErrors"]}
