"""Takes the documentation's pictures of the console: a real server, sample data, real runs.

Run by `make screenshots`; writes docs/images/*.png. Nothing in a picture is drawn for it: the guarantees
were really run, with and without a planted bug, and the requests were really sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import httpx
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
IMAGES: Final = ROOT / "docs" / "images"
TOKEN: Final = "a-token-for-the-pictures-alone"  # noqa: S105 - opens nothing but a server of this run
PRINCIPALS: Final = [{"name": "demo", "token": TOKEN, "permissions": ["*"], "organization": "demo"}]
WIDE: Final = ViewportSize(width=1440, height=900)
NARROW: Final = ViewportSize(width=380, height=780)
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
NOTE: Final = """500 g flour, 350 g water, 10 g salt, a spoon of starter.

## Steps

1. Mix, and leave it alone for **12 hours**
2. Fold four times
3. Bake at 240 °C under a lid

| time | what |
|---|---|
| 20:00 | mix |
| 08:00 | fold |
| 12:00 | bake |
"""


async def _nothing(_: Page) -> None:
    """The page as it opens."""


async def _first_request(page: Page) -> None:
    await page.get_by_role("button", name="POST /v1/notes", exact=True).first.click()
    await page.get_by_role("img", name=re.compile("Waterfall")).wait_for()


async def _first_mail(page: Page) -> None:
    await page.get_by_role("button", name="A test mail from backstay").first.click()
    await page.get_by_role("list", name="Ledger").wait_for()
    await page.locator("iframe").wait_for()


async def _topology(page: Page) -> None:
    await page.get_by_text("Topology").click()


async def _sabotaged_run(page: Page) -> None:
    await page.get_by_role("combobox", name="Which run").click()
    await page.get_by_role("option", name=re.compile("sabotage")).first.click()
    await page.get_by_text("Bug caught").first.wait_for()


async def _shop_floor(page: Page) -> None:
    await page.get_by_role("button", name="Shop floor").click()
    await page.get_by_role("checkbox").first.wait_for()


async def _bread(page: Page) -> None:
    await page.get_by_role("link", name=re.compile("Bread, the slow way")).click()
    await page.get_by_role("article").wait_for()


class Picture(NamedTuple):
    """One picture."""

    name: str
    path: str
    colours: Literal["light", "dark"] = "light"
    size: ViewportSize = WIDE
    act: Callable[[Page], Awaitable[None]] = _nothing
    signed_in: bool = True


PICTURES: Final = (
    Picture("traffic", "/console/traffic"),
    Picture("request", "/console/traffic", "dark", act=_first_request),
    Picture("sign-in", "/console", signed_in=False),
    Picture("systems", "/console/systems"),
    Picture("topology", "/console/systems", "dark", act=_topology),
    Picture("system", "/console/systems/notes"),
    Picture("guarantees", "/console/guarantees", "dark"),
    Picture("guarantee", "/console/guarantees/acknowledged-survives-kill", act=_sabotaged_run),
    Picture("deliveries", "/console/deliveries"),
    Picture("mail", "/console/deliveries", "dark", act=_first_mail),
    Picture("access", "/console/access/members"),
    Picture("role", "/console/access/roles", act=_shop_floor),
    Picture("audit", "/console/access/audit", "dark"),
    Picture("notes", "/console/notes", act=_bread),
    Picture("counters", "/console/counters", "dark"),
    Picture("shop-products", "/console/shop/harbour-street/products"),
    Picture("shop-coupons", "/console/shop/harbour-street/coupons", "dark"),
    Picture("narrow-traffic", "/console/traffic", size=NARROW),
    Picture("narrow-notes", "/console/notes", "dark", NARROW),
)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server with sample data in this folder; yields its URL."""
    command = [sys.executable, "-m", "backstay.cli", "serve", "--port", "0", "--seed"]
    log = folder / "server.log"
    with (
        log.open("w") as said,
        subprocess.Popen(command, cwd=folder, env=_environ(folder), stdout=said, stderr=said) as process,
    ):
        try:
            deadline = time.monotonic() + 60
            while not (found := re.search(r"serves on (http://[\d.:]+)", log.read_text())):
                if time.monotonic() > deadline or process.poll() is not None:
                    sys.exit(f"the server did not start:\n{log.read_text()}")
                time.sleep(0.1)
            yield found[1]
        finally:
            process.terminate()


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTAY_")}
    return kept | {
        "DATABASE_URL": f"sqlite:///{folder}/backstay.db",
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(PRINCIPALS),
        # A day's requests are sent in a minute.
        "BACKSTAY_RATELIMIT_QUOTA": "100000",
        "PYTHONUNBUFFERED": "1",
    }


def prove(folder: Path) -> None:
    """Run the core guarantees, and one with its bugs planted; a violation there is what one wants."""
    command = [sys.executable, "-m", "backstay.cli", "prove", "--seed", "7"]
    asked = ["git", "-C", str(ROOT), "rev-parse", "--absolute-git-dir"]
    repository = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    # The folder is no repository, and a verdict names the commit that it is about.
    environ = _environ(folder) | {"GIT_DIR": repository, "GIT_WORK_TREE": str(ROOT)}
    for options in ([], ["--guarantee", "acknowledged-survives-kill", "--sabotage"]):
        subprocess.run([*command, *options], cwd=folder, env=environ, check=False)


def use(url: str) -> None:
    """Send what a day brings: notes, counts, mistakes, a missing page."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {TOKEN}"}) as client:

        def send(method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
            return client.request(method, path, json=body, headers=headers)

        for number in range(12):
            send("POST", "/v1/counters/page-views/increment", {"by": number + 1})
            send("GET", "/v1/notes?limit=20")
        here = send("POST", "/v1/notes", {"title": "Bread, the slow way", "body": NOTE, "tags": ["recipes"]})
        location = here.headers["location"]
        send("GET", location)
        send("PATCH", location, {"title": "Bread"}, **{"If-Match": '"41"'})
        send("GET", "/v1/notes?q=harbour")
        send("POST", "/v1/notes", {"titel": "A slip"})
        send("GET", "/v1/nothing-here")
        send("POST", "/v1/notes", {"title": "Ropes to splice", "tags": ["boat", "spring"]})
        send("GET", "/v1/counters")
        send("POST", "/v1/mail/messages/test", {"template": "mail.test", "to": "ada@example.test"})
        httpx.get(f"{url}/v1/notes")


async def take(url: str, browser: Browser, picture: Picture) -> None:
    """Take one picture."""
    context = await browser.new_context(
        base_url=url,
        viewport=picture.size,
        color_scheme=picture.colours,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    if picture.signed_in:
        await context.add_cookies([{"name": "backstay_token", "value": TOKEN, "url": url}])
    page = await context.new_page()
    await page.goto(picture.path)
    await page.locator("h1, [role=dialog]").first.wait_for()
    await page.locator("[aria-busy=true]").first.wait_for(state="detached")
    await picture.act(page)
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(500)  # drawers and fonts settle; nothing tells when
    await page.screenshot(path=IMAGES / f"{picture.name}.png")
    await context.close()
    print(f"docs/images/{picture.name}.png")


async def main() -> None:
    """Take every picture, or those named on the command line."""
    wanted = [picture for picture in PICTURES if picture.name in sys.argv[1:] or len(sys.argv) == 1]
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        sys.exit(
            "there is no Chromium or Chrome on the PATH: install it (Debian, Ubuntu: apt install chromium)"
        )
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backstay-pictures-") as made:
        folder = Path(made)
        prove(folder)
        with serving(folder) as url:
            use(url)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
                for picture in wanted:
                    await take(url, browser, picture)
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
