"""Connects the ports to their adapters. Only this module imports the read models."""

from pymongo.errors import ConnectionFailure, ExecutionTimeout

from slipway.contracts import topics
from slipway.eventstore.durability import infrastructure
from slipway.messaging.consumer import ViewInbox
from slipway.reporting import scheduler
from slipway.reporting.commands.publisher import KafkaCommandPublisher
from slipway.reporting.context import RequestContext
from slipway.reporting.okrs import Okrs, parse
from slipway.reporting.ports import CommandPublisher
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models import indexes
from slipway.reporting.read_models.accounts import MongoAccounts
from slipway.reporting.read_models.api_keys import MongoApiKeys
from slipway.reporting.read_models.metrics import MongoMetrics
from slipway.reporting.read_models.projector import Projector
from slipway.reporting.read_models.queries import MongoQueries
from slipway.reporting.read_models.scheduled_work import MongoScheduledWork
from slipway.reporting.read_models.vote_prompts import MongoVotePrompts
from slipway.reporting.settings import Settings
from slipway.reporting.web import application
from slipway.runtime.host import Host
from slipway.runtime.mongo import Database, open_database
from slipway.runtime.sources import Clock, new_id, new_token, utcnow

UNAVAILABLE = (ConnectionFailure, ExecutionTimeout)
"""The errors of the client while MongoDB is down, or hangs with open connections."""
PROJECTED = [topic for topic in topics.ALL if topic is not topics.WEBHOOKS]
_REQUEST_TIMEOUT_MS = 3000


def accounts_of(settings: Settings, database: Database, clock: Clock = utcnow) -> MongoAccounts:
    secret = settings.reporting_session_secret.get_secret_value()
    return MongoAccounts(database, secret, clock, new_token)


def api_keys_of(settings: Settings, database: Database, clock: Clock = utcnow) -> MongoApiKeys:
    secret = settings.reporting_session_secret.get_secret_value()
    return MongoApiKeys(database, secret, clock, new_token)


def database_for_command_line(settings: Settings) -> Database:
    return open_database(settings.mongodb_url, settings.namespace, "reporting")


def open_context(
    settings: Settings, okrs: Okrs, publisher: CommandPublisher, clock: Clock
) -> RequestContext:
    """Returns the context of the request handlers.

    Its connections have a short time-out, because a user waits for the answer.
    """
    database = open_database(
        settings.mongodb_url, settings.namespace, "reporting", answer_within_ms=_REQUEST_TIMEOUT_MS
    )
    return RequestContext(
        queries=MongoQueries(database),
        metrics=MongoMetrics(database, okrs.launched_at()),
        accounts=accounts_of(settings, database, clock),
        api_keys=api_keys_of(settings, database, clock),
        vote_prompts=MongoVotePrompts(database, clock),
        publisher=publisher,
        okrs=okrs,
        clock=clock,
        new_id=new_id,
        public_url=settings.reporting_public_url,
    )


def wired(settings: Settings) -> Host:
    """Returns the host with all adapters of the service. Raises OkrsUnreadable."""
    okrs = parse(settings.reporting_okrs.read_text())
    host = Host(settings.process)

    async def prepare_views() -> None:
        async with infrastructure():
            await indexes.prepare(host.database)

    host.prepare_store(prepare_views)
    deadline_seconds = settings.reporting_task_deadline_seconds
    projections = Projections(deadline_seconds)
    host.consume(ViewInbox("reporting", PROJECTED, Projector(host.database, projections)))
    scheduled_work = MongoScheduledWork(host.database, projections, deadline_seconds)
    host.run("scheduler", lambda: scheduler.run(scheduled_work, host.clock))
    publisher = KafkaCommandPublisher(host.producer.publish, host.store, host.clock, new_id)
    context = open_context(settings, okrs, publisher, host.clock)
    host.serve_pages(lambda health: application(context, [health], unavailable=UNAVAILABLE))
    return host
