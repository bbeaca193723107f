"""Defines how safely streams are read and written, and which errors mean StoreUnavailable.

`mongo`, `relay` and the read models use it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReadPreference
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WriteConcernError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from slipway.eventstore.store import StoreUnavailable


@asynccontextmanager
async def infrastructure() -> AsyncIterator[None]:
    """Raises StoreUnavailable in place of errors of the network or of the database server."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WriteConcernError) as error:
        raise StoreUnavailable(type(error).__name__) from error


def streams_of(database: AsyncIOMotorDatabase[Any]) -> AsyncIOMotorCollection[Any]:
    """Returns the collection of streams, set up for safe reads and writes.

    Reads go to the primary and return only data that a majority of the servers has. A write returns
    after a majority has written it to disk.
    """
    return database.get_collection(
        "streams",
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", j=True),
    )
