"""A pattern of the API's description means to every reader what it means here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK, PATH_NAME

DESCRIPTION = Path(__file__).parents[3] / "console/openapi.json"
SHORTHAND = re.compile(r"(?<!\\)(?:\\\\)*\\[sSdDwWbB]")
"""What Python and ECMA-262 read differently."""


def patterns_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(found := part.get("pattern"), str):
            yield found
        for value in part.values():
            yield from patterns_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from patterns_in(value)


def test_no_pattern_has_a_shorthand_that_others_read_differently() -> None:
    found = set(patterns_in(json.loads(DESCRIPTION.read_text())))
    assert {NOT_BLANK, MAIL_ADDRESS} <= found
    assert {pattern for pattern in found if SHORTHAND.search(pattern)} == set()


@pytest.mark.parametrize("blank", [" ", "\t\n", "\x1e", "\x85", "\xa0", "\u2003", "\u3000", "\ufeff"])
def test_what_nobody_sees_is_blank(blank: str) -> None:
    assert re.search(NOT_BLANK, blank) is None
    assert re.search(PATH_NAME, blank) is None
    assert re.search(MAIL_ADDRESS, f"a{blank}b@example.test") is None


@pytest.mark.parametrize("seen", ["a", " \u00e4 ", "\U0001f6a2", "-"])
def test_what_is_seen_is_not(seen: str) -> None:
    assert re.search(NOT_BLANK, seen)
    assert re.search(PATH_NAME, seen)


@pytest.mark.parametrize("dots", [".", "..", "a/b", ". ."])
def test_names_in_paths_are_more_than_dots_and_have_no_slash(dots: str) -> None:
    assert re.search(PATH_NAME, dots) is None
