"""The indexes of the read models, created at start. Each query has an index."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel

INDEXES: dict[str, list[IndexModel]] = {
    "lifecycles": [
        IndexModel([("next_decision", ASCENDING)], sparse=True),
        IndexModel([("withheld", ASCENDING)]),
        IndexModel([("entitlement.verdict", ASCENDING)]),
        IndexModel([("entitlement.problem", ASCENDING)], sparse=True),
    ],
    "tasks": [
        IndexModel([("vps_id", ASCENDING), ("opened_at", DESCENDING)]),
        IndexModel([("kind", ASCENDING), ("decided_at", DESCENDING)]),
        IndexModel([("state", ASCENDING), ("decided_at", DESCENDING)]),
        IndexModel([("decided_at", DESCENDING)]),
        IndexModel([("proven_at", DESCENDING)]),
    ],
    "timeline": [
        IndexModel([("about", ASCENDING), ("at", DESCENDING)]),
        IndexModel([("correlation", ASCENDING), ("at", DESCENDING)]),
        IndexModel([("at", DESCENDING)]),
    ],
    "servers": [
        IndexModel([("last_at", DESCENDING)]),
        IndexModel([("status", ASCENDING), ("last_at", DESCENDING)]),
        IndexModel([("location_id", ASCENDING), ("would_run", ASCENDING)]),
        IndexModel([("attention.reason", ASCENDING), ("attention.since", ASCENDING)], sparse=True),
        IndexModel([("contact_id", ASCENDING)]),
        IndexModel([("ipv4", ASCENDING)]),
        IndexModel([("name", ASCENDING)]),
        IndexModel([("subscription_id", ASCENDING)]),
        IndexModel([("ghl_id", ASCENDING)]),
    ],
    "deliveries": [
        IndexModel([("subscription_ids", ASCENDING)]),
        IndexModel([("location_id", ASCENDING)]),
        IndexModel([("at", DESCENDING)]),
        IndexModel([("state", ASCENDING), ("at", DESCENDING)]),
    ],
    "incidents": [
        IndexModel([("state", ASCENDING), ("opened_at", DESCENDING)]),
        IndexModel([("subject", ASCENDING)]),
        IndexModel([("notified_at", ASCENDING), ("since", DESCENDING)]),
    ],
    "dead_letters": [IndexModel([("state", ASCENDING), ("opened_at", DESCENDING)])],
    "safeguards": [IndexModel([("kind", ASCENDING), ("active", ASCENDING)])],
    "commands": [
        IndexModel([("issued_at", DESCENDING)]),
        IndexModel([("target.vps_id", ASCENDING), ("issued_at", DESCENDING)]),
    ],
    "probes": [
        IndexModel([("at", ASCENDING)]),
        IndexModel([("good", ASCENDING), ("at", DESCENDING)]),
    ],
    "offsets": [IndexModel([("newest_at", DESCENDING)])],
    "keys": [IndexModel([("name", ASCENDING)])],
    "instances": [IndexModel([("at", DESCENDING)])],
    "interventions": [IndexModel([("at", DESCENDING)])],
    "votes": [IndexModel([("at", DESCENDING)])],
    "buckets": [IndexModel([("span", ASCENDING), ("at", ASCENDING)])],
    "users": [IndexModel([("asked_at", DESCENDING)])],
    "access_log": [IndexModel([("at", DESCENDING)])],
    "sessions": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("mail", ASCENDING)]),
    ],
    "failed_sign_ins": [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=3600),
        IndexModel([("mail", ASCENDING), ("at", ASCENDING)]),
    ],
    "invitations": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("mail", ASCENDING)]),
    ],
}


async def prepare(database: AsyncIOMotorDatabase[Any]) -> None:
    for collection, indexes in INDEXES.items():
        await database[collection].create_indexes(indexes)
    # Not all MongoDB versions can create a collection inside a transaction, so create it now.
    existing = set(await database.list_collection_names())
    for collection in ("receipts", "locations"):
        if collection not in existing:
            await database.create_collection(collection)
