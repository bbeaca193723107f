"""OpenTelemetry, set up once, and the one way to open a span.

Trace context travels as a `traceparent` in event metadata, so it is handed over explicitly: what a
worker does an hour later still belongs to the webhook that caused it.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import Span, SpanKind

_TRACER = "slipway"


def configure(service: str, otlp_url: str | None = None, traces_file: Path | None = None) -> None:
    """Export to a collector, to a file of JSON lines, to both, or nowhere. Once per process."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    if otlp_url:
        endpoint = f"{otlp_url.rstrip('/')}/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    if traces_file is not None:
        provider.add_span_processor(SimpleSpanProcessor(JsonLines(traces_file, service)))
    trace.set_tracer_provider(provider)


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Any] | None = None,
) -> Iterator[Span]:
    """A span under `parent` (a traceparent), else under the current one, else a new trace.

    An exception is noted by its class alone: its text may hold what nobody should read.
    """
    context = None if parent is None else _context_of(parent)
    tracer = trace.get_tracer(_TRACER)
    with tracer.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=None if attributes is None else dict(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_status(trace.Status(trace.StatusCode.ERROR, type(error).__name__))
            raise


def current_traceparent() -> str | None:
    """The current span's W3C `traceparent`; None outside any."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _context_of(traceparent: str) -> Context:
    return propagate.extract({"traceparent": traceparent}, context=Context())


class JsonLines(SpanExporter):
    """Finished spans, one JSON object a line; several processes may write the same file."""

    def __init__(self, path: Path, service: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", buffering=1)
        self._service = service
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._lock:
            for finished in spans:
                self._file.write(json.dumps(self._line(finished), default=str) + "\n")
        return SpanExportResult.SUCCESS

    def _line(self, finished: ReadableSpan) -> dict[str, Any]:
        context = finished.get_span_context()
        assert context is not None  # noqa: S101 - a finished span has one
        return {
            "name": finished.name,
            "service": self._service,
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
            "parent_id": f"{finished.parent.span_id:016x}" if finished.parent else None,
            "start": finished.start_time,
            "end": finished.end_time,
            "attributes": dict(finished.attributes or {}),
        }

    def shutdown(self) -> None:
        self._file.close()
