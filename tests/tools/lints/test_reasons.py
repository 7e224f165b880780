from __future__ import annotations

import pytest

from tests.tools.lints.support import found, places


@pytest.mark.parametrize(
    "comment",
    [
        "noqa",
        "noqa: S101",
        "noqa: S101 - ",
        "type: ignore",
        "type: ignore[arg-type]",
        "pragma: no cover",
        "fmt: off",
    ],
)
def test_reason_finds(comment: str) -> None:
    assert places("reason", {"tests/test_x.py": f"a = 1\nx = f()  # {comment}"}) == [("tests/test_x.py", 2)]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S101 - the caller has checked it",
        "x = 1  # noqa: S101 (checked)",
        "x = 1  # noqa: S101 - `x` is checked",
        "x = 1  # type: ignore[arg-type]  # the stub is wrong",
        "x = 1  # pragma: no cover - only on Windows",
        "x = '# noqa'  # a plain comment",
    ],
)
def test_reason_keeps_quiet(line: str) -> None:
    assert found("reason", {"src/backstay/x.py": line}) == []


def test_reason_in_the_console() -> None:
    path = "console/src/a.tsx"
    assert places("reason", {path: "\n// biome-ignore lint/a11y\n// @ts-expect-error"}) == [
        (path, 2),
        (path, 3),
    ]
    assert found("reason", {path: "// biome-ignore lint/a11y: the row is a button already"}) == []
    assert found("reason", {path: "// @ts-expect-error: the types of the library lag"}) == []
