"""Read and write concerns of the streams, and the errors that mean an unavailable store.

`mongo` and `relay` use it; so do read models.
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
    """Raise StoreUnavailable for errors of the network or of the server's state."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WriteConcernError) as error:
        raise StoreUnavailable(type(error).__name__) from error


def streams_of(database: AsyncIOMotorDatabase[Any]) -> AsyncIOMotorCollection[Any]:
    """Reads come from the primary with majority concern; a majority journals each write."""
    return database.get_collection(
        "streams",
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", j=True),
    )
