"""Our metrics, judged by promtool and scraped by a real Prometheus."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from backstay.kernel.observation import Moment
from backstay.kernel.telemetry import Telemetry, metrics
from tests.kernel.telemetry.records import finished, wait_until
from tests.kernel.telemetry.servers import fetch, free_port, running

pytestmark = pytest.mark.needs("prometheus")


class Pool:
    """A pool of which two connections work."""

    size, idle, waiting = 5, 3, 1


@pytest.fixture
async def busy(telemetry: Telemetry) -> Telemetry:
    """Telemetry after a few requests of every sort."""
    telemetry.watch(Pool)
    orders = metrics.counter("test_orders_total", 'Orders, "all"\nof them.', ["channel"])
    orders.inc('we"b\n')
    statement = Moment("statement", "GET", 0, 300_000, {"rows": 1})
    for _ in range(3):
        telemetry.finish(
            finished(milliseconds=7, moments=(statement, Moment("commit", "commit", 1, 9, None)))
        )
    telemetry.finish(
        finished(status=409, error="conflict", moments=(Moment("retry", "lost_race", 0, 9, None),))
    )
    telemetry.finish(finished(status=None, method="BREW", route=None))
    return telemetry


async def test_promtool_finds_nothing_to_criticise(busy: Telemetry) -> None:
    text, content_type = busy.metrics_text()
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)  # noqa: ASYNC221 - nothing else runs
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


@pytest.fixture
def metrics_url(busy: Telemetry) -> Iterator[str]:
    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, content_type = busy.metrics_text()
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_prometheus_scrapes_them(metrics_url: str, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: backstay, static_configs: [{{targets: ['{metrics_url}']}}]}}]\n"
    )
    port = free_port()
    program = shutil.which("prometheus")
    assert program is not None
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]

    def ask(query: str) -> dict[str, float]:
        """Series, by the labels that we gave them, to their values."""
        answer = fetch(f"http://127.0.0.1:{port}/api/v1/query?query={quote(query)}")
        assert answer["status"] == "success"
        return {
            ",".join(
                f"{name}={value}"
                for name, value in sorted(series["metric"].items())
                if name not in {"__name__", "instance", "job"}
            ): float(series["value"][1])
            for series in answer["data"]["result"]
        }

    def scraped() -> bool:
        try:
            return bool(ask("http_server_requests_total"))
        except HTTPError:  # it answers 503 while it starts
            return False

    with running(command, port, tmp_path / "prometheus.log"):
        wait_until(scraped, seconds=60)
        assert ask("up") == {"": 1}
        route = "route=/v1/notes/{note_id:uuid}"
        assert ask("http_server_requests_total") == {
            f"method=GET,{route},status=200": 3,
            f"method=GET,{route},status=409": 1,
            "method=other,route=unmatched,status=none": 1,
        }
        assert ask("http_server_problems_total") == {f"code=conflict,{route}": 1}
        assert ask('http_server_request_duration_seconds_bucket{le="0.01",method="GET"}') == {
            f"le=0.01,method=GET,{route}": 4
        }
        assert ask("db_client_operation_duration_seconds_count") == {
            "operation=GET": 3,
            "operation=commit": 3,
        }
        assert ask("db_client_retries_total") == {"reason=lost_race": 1}
        assert ask("db_client_connections") == {"state=idle": 3, "state=used": 2}
        assert ask("db_client_pending_requests") == {"": 1}
        assert ask("test_orders_total") == {'channel=we"b\n': 1}
        assert ask("process_resident_memory_bytes")["worker=0"] > 10_000_000
        assert ask("process_cpu_seconds_total")[""] > 0
