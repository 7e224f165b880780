"""Every command and program that the documentation shows is run, and prints what the page says it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.running import run_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs/guides").glob("*.md")),
    *sorted((ROOT / "src/backstay").glob("**/README.md")),
]
RUNNING = [page for page in PAGES if blocks(page.read_text())]


@pytest.mark.lab
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_tells_the_truth(page: Path, tmp_path: Path) -> None:
    assert run_page(page.read_text(), tmp_path) > 0
