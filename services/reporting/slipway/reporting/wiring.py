"""Says which adapter goes where; the host runs them. No other module knows the read models."""

from pymongo.errors import ConnectionFailure, ExecutionTimeout

from slipway.contracts import topics
from slipway.eventstore.durability import infrastructure
from slipway.messaging.consumer import ViewInbox
from slipway.reporting import scheduler
from slipway.reporting.commands.publisher import KafkaOutbox
from slipway.reporting.context import Desk
from slipway.reporting.okrs import Okrs, parse
from slipway.reporting.ports import Outbox
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models import indexes
from slipway.reporting.read_models.accounts import MongoAccounts
from slipway.reporting.read_models.metrics import MongoFigures
from slipway.reporting.read_models.projector import Projector
from slipway.reporting.read_models.queries import MongoQuestions
from slipway.reporting.settings import Settings
from slipway.reporting.web import application
from slipway.runtime.host import Host
from slipway.runtime.mongo import Database, open_database
from slipway.runtime.sources import new_id, new_token, utcnow

AWAY = (ConnectionFailure, ExecutionTimeout)
"""What is raised while MongoDB doesn't answer: gone, or frozen with its connections open."""
PROJECTED = [topic for topic in topics.ALL if topic is not topics.WEBHOOKS]
_PATIENCE_MS = 3000


def accounts_of(settings: Settings, database: Database) -> MongoAccounts:
    secret = settings.reporting_session_secret.get_secret_value()
    return MongoAccounts(database, secret, utcnow, new_token)


def accounts_for_command_line(settings: Settings) -> MongoAccounts:
    database = open_database(settings.mongodb_url, settings.namespace, "reporting")
    return accounts_of(settings, database)


def open_desk(settings: Settings, okrs: Okrs, outbox: Outbox) -> Desk:
    """On connections of its own: a user waits for an answer, an inbox without limit."""
    database = open_database(
        settings.mongodb_url, settings.namespace, "reporting", answer_within_ms=_PATIENCE_MS
    )
    return Desk(
        questions=MongoQuestions(database),
        figures=MongoFigures(database, okrs.launched_at()),
        accounts=accounts_of(settings, database),
        outbox=outbox,
        okrs=okrs,
        clock=utcnow,
        new_id=new_id,
        public_url=settings.reporting_public_url,
    )


def wired(settings: Settings) -> Host:
    """Raises OkrsUnreadable."""
    okrs = parse(settings.reporting_okrs.read_text())
    host = Host(settings.process)

    async def prepare_views() -> None:
        async with infrastructure():
            await indexes.prepare(host.database)

    host.prepare_store(prepare_views)
    decided_seconds = settings.reporting_decided_seconds
    projector = Projector(host.database, Projections(decided_seconds), decided_seconds)
    host.consume(ViewInbox("reporting", PROJECTED, projector))
    host.run("scheduler", lambda: scheduler.run(projector, utcnow))
    publisher = KafkaOutbox(host.producer.publish, host.store, utcnow, new_id)
    desk = open_desk(settings, okrs, publisher)
    host.serve_pages(lambda health: application(desk, [health], away=AWAY))
    return host
