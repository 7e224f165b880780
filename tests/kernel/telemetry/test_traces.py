"""Spans, made from records and read back from an independent OTLP receiver."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.observation import Moment, Record
from backstay.kernel.settings import load
from backstay.kernel.telemetry import configure
from backstay.kernel.telemetry.traces import Tracer
from tests.kernel.telemetry.records import ACTOR, finished, wait_until
from tests.kernel.telemetry.servers import fetch, free_port, running
from tests.tools_env import executable

MS = 1_000_000


def busy_record() -> Record:
    record = finished(
        milliseconds=10,
        moments=(
            Moment("stage", "authenticate", 0, 1 * MS, None),
            Moment("guard", "notes:read", 1 * MS, 0, "allowed"),
            Moment("statement", "GET", 3 * MS, 1 * MS, {"rows": 1}),
            Moment("statement", "TAGS", 5 * MS, 1 * MS, {"error": "LostRace"}),
            Moment("retry", "lost_race", 2 * MS, 4 * MS, {"attempt": 2}),
            Moment("commit", "commit", 7 * MS, 1 * MS, None),
            Moment("stage", "handler", 2 * MS, 7 * MS, None),
            Moment("stage", "encode", 9 * MS, 1 * MS, None),
        ),
    )
    record.actor = ACTOR
    record.parent_span_id = "00f067aa0ba902b7"
    return record


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    settings = load(
        environ={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "BACKSTAY_TELEMETRY_TRACE_RATIO": "0.5"}
    )
    tracer = Tracer(settings)
    yield tracer
    tracer._processor.shutdown()  # type: ignore[no-untyped-call]  # nothing was queued


def test_a_record_becomes_a_tree_of_spans(tracer: Tracer) -> None:
    record = busy_record()
    spans = {span.name: span for span in tracer.spans(record)}
    names = {span.context.span_id: name for name, span in spans.items() if span.context is not None}
    tree = {name: names.get(span.parent.span_id, "caller") for name, span in spans.items() if span.parent}
    server = "GET /v1/notes/{note_id:uuid}"
    assert tree == {
        server: "caller",
        "authenticate": server,
        "handler": server,
        "GET": "handler",
        "TAGS": "handler",
        "commit": "handler",
        "encode": server,
    }
    root = spans[server]
    assert root.context is not None
    assert root.parent is not None
    assert (f"{root.context.trace_id:032x}", f"{root.context.span_id:016x}") == (
        record.trace_id,
        record.span_id,
    )
    assert (f"{root.parent.span_id:016x}", root.parent.is_remote) == ("00f067aa0ba902b7", True)
    assert (root.start_time, root.end_time) == (record.started_unix_ns, record.started_unix_ns + 10 * MS)
    statement = spans["GET"]
    assert (statement.start_time, statement.end_time) == (
        record.started_unix_ns + 3 * MS,
        record.started_unix_ns + 4 * MS,
    )
    assert dict(statement.attributes or {}) == {
        "db.system.name": "sqlite",
        "db.query.summary": "GET",
        "db.response.returned_rows": 1,
    }
    assert dict(spans["TAGS"].attributes or {})["error.type"] == "LostRace"
    assert [name for name, span in spans.items() if not span.status.is_ok] == ["TAGS"]
    assert [(event.name, dict(event.attributes or {})) for event in root.events] == [
        ("guard", {"name": "notes:read", "detail": "allowed"}),
        ("retry", {"name": "lost_race", "attempt": "2"}),
    ]


@pytest.mark.parametrize(("status", "failed"), [(200, False), (404, False), (500, True), (None, True)])
def test_only_what_the_server_did_wrong_is_a_failure(
    tracer: Tracer, status: int | None, failed: bool
) -> None:
    (span,) = tracer.spans(finished(status=status))
    assert span.status.is_ok is not failed


def test_the_caller_s_choice_of_sampling_is_kept(tracer: Tracer) -> None:
    record = finished()
    record.parent_span_id = "00f067aa0ba902b7"
    record.trace_id = "f" * 32
    assert tracer._sampled(record)
    record.sampled = False
    assert not tracer._sampled(record)


def test_a_share_of_own_traces_is_sampled(tracer: Tracer) -> None:
    seeded = random.Random(1)
    sampled = 0
    for _ in range(1000):
        record = finished()
        record.trace_id = f"{seeded.getrandbits(128):032x}"
        sampled += tracer._sampled(record)
    assert 450 < sampled < 550


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    others = [f"--port={free_port()}", f"--otlp-grpc-port={free_port()}"]
    command = [str(executable("ddapm")), f"--otlp-http-port={port}", *others]
    with running(command, port, tmp_path / "receiver.log"):
        yield f"http://127.0.0.1:{port}"


def hexadecimal(text: str) -> str:
    return base64.b64decode(text).hex()


@pytest.mark.needs("ddapm")
def test_an_independent_receiver_reads_the_spans(receiver: str, environ: dict[str, str]) -> None:
    environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver
    environ["BACKSTAY_APP_NAME"] = "shop"
    telemetry = configure(load(environ=environ))
    record = busy_record()
    telemetry.finish(record)
    telemetry.shutdown()
    traces: list[Any] = []

    def arrived() -> bool:
        traces[:] = fetch(f"{receiver}/test/session/traces")
        return bool(traces)

    wait_until(arrived)
    (export,) = traces
    (resource_spans,) = export["resource_spans"]
    resource = {
        attribute["key"]: attribute["value"]["string_value"]
        for attribute in resource_spans["resource"]["attributes"]
    }
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("shop", "development")
    (scope_spans,) = resource_spans["scope_spans"]
    spans = {span["name"]: span for span in scope_spans["spans"]}
    assert {name: span["kind"] for name, span in spans.items()} == {
        "GET /v1/notes/{note_id:uuid}": "SPAN_KIND_SERVER",
        "authenticate": "SPAN_KIND_INTERNAL",
        "handler": "SPAN_KIND_INTERNAL",
        "GET": "SPAN_KIND_CLIENT",
        "TAGS": "SPAN_KIND_CLIENT",
        "commit": "SPAN_KIND_CLIENT",
        "encode": "SPAN_KIND_INTERNAL",
    }
    assert {hexadecimal(span["trace_id"]) for span in spans.values()} == {record.trace_id}
    server = spans["GET /v1/notes/{note_id:uuid}"]
    assert hexadecimal(server["span_id"]) == record.span_id
    assert hexadecimal(server["parent_span_id"]) == record.parent_span_id
    assert spans["handler"]["parent_span_id"] == server["span_id"]
    assert spans["GET"]["parent_span_id"] == spans["handler"]["span_id"]
    assert spans["TAGS"]["status"] == {"code": "STATUS_CODE_ERROR"}
    assert {
        attribute["key"]: next(iter(attribute["value"].values())) for attribute in server["attributes"]
    } == {
        "http.request.method": "GET",
        "url.path": "/v1/notes/7",
        "backstay.request_id": "request-1",
        "http.request.body.size": "0",
        "http.response.body.size": "0",
        "http.route": "/v1/notes/{note_id:uuid}",
        "http.response.status_code": "200",
        "user.id": str(ACTOR.id),
    }


def test_a_server_without_its_receiver_goes_on(environ: dict[str, str], log_file: Path) -> None:
    environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{free_port()}"
    telemetry = configure(load(environ=environ))
    telemetry.finish(busy_record())
    telemetry.shutdown()
    assert b"opentelemetry" in log_file.read_bytes()
