"""Writes logs as JSON lines to standard output, each with the id of its trace.

Within `about`, each line also contains the stream and the correlation id.
"""

import logging
import sys
from contextlib import AbstractContextManager

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger


def configure(service: str, level: str = "INFO") -> None:
    """Sets up logging. Call it once per process. An unknown level means INFO."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)

    def with_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        with_service,
        _with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    # Libraries use the standard library's logging. Their warnings and errors get the same format.
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def about(
    stream: str | None = None, correlation_id: str | None = None
) -> AbstractContextManager[None]:
    """Adds these fields to all lines that are logged within the block.

    A field that is not given keeps its outer value.
    """
    named = {"stream": stream, "correlation_id": correlation_id}
    given = {name: value for name, value in named.items() if value is not None}
    return structlog.contextvars.bound_contextvars(**given)


def error_location(error: BaseException) -> str:
    """Returns the class and the code location of an error.

    The error's text is left out, because it may contain secrets or a customer's data.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{type(error).__name__} at {module}:{trace.tb_lineno}"


def error_path(error: BaseException) -> list[str]:
    """Returns the code locations that led to the error, outermost first, without any values."""
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found


def _with_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event
