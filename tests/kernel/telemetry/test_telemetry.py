"""The telemetry of a process as a whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from backstay.kernel.database import Database
from backstay.kernel.observation import OPEN, Record
from backstay.kernel.settings import load
from backstay.kernel.telemetry import Telemetry, configure, sampler
from backstay.kernel.telemetry.exposition import exposition
from backstay.kernel.telemetry.measures import HOUSE
from backstay.kernel.telemetry.metrics import DEFAULT_LABEL_SETS, Gauge, metrics
from tests.kernel.telemetry.records import finished

DOCS = Path(__file__).parents[3] / "docs" / "telemetry.md"


class Pool:
    """A pool."""

    size, idle, waiting = 5, 3, 0


def values(telemetry: Telemetry) -> dict[str, float]:
    lines = telemetry.metrics_text()[0].decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_a_server_that_exports_nothing_imports_nothing() -> None:
    script = textwrap.dedent(
        """
        import sys
        from backstay.kernel.settings import load
        from backstay.kernel.telemetry import configure

        telemetry = configure(load(environ={"BACKSTAY_APP_DATA_DIR": sys.argv[1]}))
        telemetry.metrics_text()
        telemetry.shutdown()
        costly = {"opentelemetry", "sentry_sdk", "prometheus_client", "rich", "requests"}
        print(sorted(costly & set(sys.modules)))
        """
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, os.devnull], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def test_structlog_loads_beside_rich() -> None:
    script = "import rich, backstay.kernel.telemetry, sys; print(sys.modules['rich'] is rich)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "True\n"


async def test_open_requests_are_counted(telemetry: Telemetry) -> None:
    telemetry.watch(Pool)
    before = OPEN.count
    record = Record(method="GET", path="/", request_id="r", trace_id="a" * 32, span_id="b" * 16)
    assert values(telemetry)["http_server_active_requests"] == before + 1
    record.end()
    record.end()
    assert values(telemetry)["http_server_active_requests"] == before


async def test_the_database_s_pool_is_watched(telemetry: Telemetry, database: Database) -> None:
    telemetry.watch(database.stats)
    seen = values(telemetry)
    stats = database.stats()
    assert (
        seen['db_client_connections{state="idle"}'] + seen['db_client_connections{state="used"}']
        == stats.size
    )
    assert seen["db_client_pending_requests"] == 0


async def test_the_process_is_sampled_while_it_runs(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampler, "INTERVAL_SECONDS", 0.001)
    telemetry.watch(Pool)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 20
    while "event_loop_lag_seconds_count" not in values(telemetry):
        assert loop.time() < deadline
        await asyncio.sleep(0)
    seen = values(telemetry)
    assert seen['db_client_connections{state="used"}'] == 2
    assert seen['process_resident_memory_bytes{worker="0"}'] == pytest.approx(
        sampler.resident_bytes(), rel=0.2
    )
    assert seen["process_cpu_seconds_total"] > 0


async def test_the_loop_s_lag_is_seen(telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "INTERVAL_SECONDS", 0.001)
    telemetry.watch(Pool)
    blocked = asyncio.get_running_loop().time() + 0.06
    while asyncio.get_running_loop().time() < blocked:
        pass
    await asyncio.sleep(0.01)
    seen = values(telemetry)
    assert seen['event_loop_lag_seconds_bucket{le="0.05"}'] < seen["event_loop_lag_seconds_count"]


def test_without_metrics_nothing_is_measured(environ: dict[str, str], tmp_path: Path) -> None:
    metrics.reset()
    environ["BACKSTAY_TELEMETRY_METRICS"] = "off"
    telemetry = configure(load(environ=environ))
    telemetry.finish(finished())
    assert telemetry.metrics_text()[0] == b""
    telemetry.shutdown()
    assert not (tmp_path / "var").exists()


def test_where_the_folder_cannot_be_shared_a_worker_measures_alone(
    environ: dict[str, str], tmp_path: Path, log_file: Path
) -> None:
    metrics.reset()
    (tmp_path / "var").write_text("a file, where the folder should be")
    telemetry = configure(load(environ=environ))
    telemetry.finish(finished())
    assert "http_server_requests_total" in telemetry.metrics_text()[0].decode()
    telemetry.shutdown()
    assert "metrics of this worker are not added" in log_file.read_text()


async def test_lost_lines_are_counted(telemetry: Telemetry) -> None:
    telemetry.watch(Pool)
    assert "log_lines_lost_total" not in values(telemetry)
    telemetry.sink.lost += 3
    assert values(telemetry)["log_lines_lost_total"] == 3
    assert values(telemetry)["log_lines_lost_total"] == 3


def test_what_was_counted_is_forgotten_with_its_metrics(environ: dict[str, str]) -> None:
    counts = []
    for _ in range(3):
        telemetry = configure(load(environ=environ))
        for status in (200, 200, None):
            telemetry.finish(finished(status=status))
        telemetry.finish(finished(method="BREW"))
        text = telemetry.metrics_text()[0].decode()
        counts.append([line for line in text.splitlines() if line.startswith("http_server_requests_total{")])
        telemetry.shutdown()
        shutil.rmtree(Path(environ["BACKSTAY_APP_DATA_DIR"]) / "metrics")
    route = 'route="/v1/notes/{note_id:uuid}"'
    assert counts == 3 * [
        [
            f'http_server_requests_total{{method="GET",{route},status="200"}} 2',
            f'http_server_requests_total{{method="GET",{route},status="none"}} 1',
            f'http_server_requests_total{{method="other",{route},status="200"}} 1',
        ]
    ]


def test_what_has_no_room_is_counted_as_such_every_time(environ: dict[str, str]) -> None:
    telemetry = configure(load(environ={**environ, "BACKSTAY_TELEMETRY_LABEL_SETS": "20"}))
    for _ in range(3):
        for number in range(25):
            telemetry.finish(finished(route=f"/{number}"))
    text = telemetry.metrics_text()[0].decode()
    assert 'http_server_requests_total{method="GET",route="/19",status="200"} 3' in text
    assert 'http_server_requests_total{method="other",route="other",status="other"} 15' in text
    assert 'metrics_collapsed_total{metric="http_server_requests_total"} 15' in text
    telemetry.shutdown()


def test_the_bound_on_label_sets_is_a_setting(environ: dict[str, str]) -> None:
    metrics.reset()
    environ["BACKSTAY_TELEMETRY_LABEL_SETS"] = "2"
    telemetry = configure(load(environ=environ))
    for number in range(4):
        telemetry.finish(finished(route=f"/{number}"))
    seen = exposition(metrics).decode()
    telemetry.shutdown()
    assert 'http_server_requests_total{method="other",route="other",status="other"} 2' in seen
    assert metrics.label_sets == DEFAULT_LABEL_SETS


def test_every_metric_of_the_house_is_documented() -> None:
    text = DOCS.read_text()
    for metric in HOUSE:
        labels = [
            *metric.labels,
            *(["worker"] if isinstance(metric, Gauge) and metric.merge == "each" else []),
        ]
        cells = ", ".join(f"`{label}`" for label in labels) or "none"
        assert f"| `{metric.name}` | {metric.kind} | {cells} | {metric.description} |" in text
