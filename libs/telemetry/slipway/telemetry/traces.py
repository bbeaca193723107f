"""Sets up OpenTelemetry and opens spans.

The trace context is a `traceparent` in the metadata of an event and is passed explicitly. So work
that happens an hour later still belongs to the trace of the webhook that caused it.
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
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Span, SpanKind

# Created once, because creating a tracer costs more than a span. The tracer finds the provider
# that `configure` sets later.
_tracer = trace.get_tracer("slipway")


def configure(service: str, otlp_url: str | None = None, traces_file: Path | None = None) -> None:
    """Sets up the export of spans: to the collector at `otlp_url`, to `traces_file`, or to both.

    Without either, spans are not exported. Call it once per process.
    """
    # Without an export, spans are not recorded, because events and logs need only their ids. A
    # recorded span costs 40 µs of the 500 µs for a webhook. With an export all spans are recorded,
    # even if the parent was not sampled. The default sampler would not record them.
    sampler = ALWAYS_ON if otlp_url or traces_file else ALWAYS_OFF
    provider = TracerProvider(sampler, Resource.create({SERVICE_NAME: service}))
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
    """Opens a span under `parent` (a traceparent), else under the current span, else a new trace.

    For an exception, the span records only the class, because the text may contain secrets.
    """
    context = None if parent is None else _context_of(parent)
    with _tracer.start_as_current_span(
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
    """Returns the current span's W3C `traceparent`, or None outside any span."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _context_of(traceparent: str) -> Context:
    return propagate.extract({"traceparent": traceparent}, context=Context())


class JsonLines(SpanExporter):
    """Writes finished spans to a file, one JSON object per line.

    Several processes may write to the same file.
    """

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
