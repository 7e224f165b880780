"""The console in a real browser, against the real server: `backstay serve` in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

from tests.plugins.needs import chromium

T = TypeVar("T")
DISTRIBUTION = Path(__file__).parents[2] / "src/backstay/systems/console/dist"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "a-token-for-the-browser-tests-alone"
PRINCIPALS = [{"name": "ada", "token": TOKEN, "permissions": ["*"], "organization": "harbour"}]
WIDE = ViewportSize(width=1280, height=860)
NARROW = ViewportSize(width=380, height=780)


@dataclass
class Served:
    """A running server."""

    url: str
    data_dir: Path
    client: httpx.Client = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """What `look` returns, once it is good."""
    deadline = time.monotonic() + 30
    while not good(seen := look()):
        assert time.monotonic() < deadline, seen
    return seen


# How long something may take to be seen is no promise of ours: on two busy cores a page of scripts needs a while.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server with sample data, on a database of its own."""
    with serving(tmp_path_factory.mktemp("served"), "--seed") as served:
        yield served


@contextmanager
def serving(folder: Path, *options: str, **environ: str) -> Iterator[Served]:
    """`backstay serve` with these options and settings, on a SQLite database in the folder."""
    if not (DISTRIBUTION / "index.html").is_file():
        pytest.fail("the console is not built: run `make console`", pytrace=False)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTAY_")}
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/browser.db",
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_APP_NAME": "harbour",
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(PRINCIPALS),
        "PYTHONUNBUFFERED": "1",
    }
    if "BACKSTAY_APP_MODULES" not in environ:
        # What the tests prepare by themselves, without a browser; the browsers keep the limit they come with.
        settings |= {
            "BACKSTAY_RATELIMIT_QUOTA": "100000",
            "BACKSTAY_RATELIMIT_ANONYMOUS_QUOTA": "100000",
            # Every test comes from one address, and some machines are slow.
            "BACKSTAY_RATELIMIT_POLICIES": '[{"name": "sign-in", "quota": 10000}]',
            "BACKSTAY_RATELIMIT_LAG": "60s",
            # `until` asks as fast as it is answered, and would use up what the log keeps of a second.
            "BACKSTAY_TRAFFIC_PER_SECOND": "100000",
        }
    command = [sys.executable, "-m", "backstay.cli", "serve", "--port", "0", *options]
    # Into a file: a pipe that nobody reads would fill up and stop the server.
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env=inherited | settings | environ, stdout=log, stderr=log
        ) as process,
    ):
        try:
            url = _url_of(process, folder / "server.log")
            with httpx.Client(base_url=url, headers={"authorization": f"Bearer {TOKEN}"}) as client:
                yield Served(url, folder, client)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _url_of(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server listens, as soon as it says so."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"serves on (http://[\d.:]+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}", pytrace=False)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Every test of the folder runs in the session's event loop, in which the browser lives."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; each has a context of its own, which shares nothing with another."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


class Watched:
    """What a page must not do: fail, or ask anybody but its own server for anything."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._said: list[str] = []
        self._forgiven: list[str] = []
        self.strangers: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._said.append(str(error)))
        page.on("console", lambda said: self._said.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: self._look(request.url))

    def _look(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self._host:
            self.strangers.append(url)

    @property
    def errors(self) -> list[str]:
        """What went wrong and was not provoked."""
        return [error for error in self._said if not any(words in error for words in self._forgiven)]

    def forgive(self, words: str) -> None:
        """Leave out errors that the test provoked: a browser logs every refused request as one.

        Later ones too, for the browser tells of them in its own time.
        """
        self._forgiven.append(words)


@pytest.fixture
def watched(server: Served) -> Iterator[Watched]:
    watched = Watched(server.url)
    yield watched
    assert watched.strangers == []
    assert watched.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, server: Served) -> AsyncIterator[BrowserContext]:
    """A browser without a cookie."""
    context = await browser.new_context(base_url=server.url, viewport=WIDE)
    context.set_default_timeout(30_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(context: BrowserContext, watched: Watched) -> Page:
    """A page of somebody who is not signed in."""
    page = await context.new_page()
    watched.watch(page)
    return page


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, watched: Watched) -> Page:
    """A page of somebody who is signed in."""
    await sign_in(context)
    page = await context.new_page()
    watched.watch(page)
    return page


async def nothing_hangs_over_the_edge(page: Page, *paths: str) -> None:
    """On a phone each of these pages is as wide as the screen, once it has loaded."""
    await page.set_viewport_size(NARROW)
    for path in paths:
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.locator("[aria-busy=true]").first.wait_for(state="detached")
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path


async def sign_in(context: BrowserContext) -> None:
    answer = await context.request.post("/v1/session", data={"token": TOKEN})
    assert answer.ok
