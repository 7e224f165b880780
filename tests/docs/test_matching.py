from __future__ import annotations

import pytest

from tests.docs.matching import differences


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"id": …, "at": "2026-…Z"}', '{"id": [1], "at": "2026-01-01T00:00:00Z"}'),
        ("[1, 2]", "[1, 2]"),
        ("[1, …]", "[1, 2, 3]"),
        ("[…]", "[]"),
        ('{"items": [{"a": 1}, …]}', '{"items": [{"a": 1, "z": 0}]}'),
        ('{"text": "say \\"…\\""}', '{"text": "say \\"hello\\""}'),
    ],
)
def test_json_as_shown(expected: str, actual: str) -> None:
    assert differences(expected, actual, "json") == []


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ('{"a": 1}', '{"b": 1}', "$.a is missing"),
        ('{"a": {"b": 1}}', '{"a": {"b": 2}}', "$.a.b is 2, not 1"),
        ('{"a": 1}', '{"a": true}', "$.a is true, not 1"),
        ("[1, 2]", "[1]", "$ has 1 elements, not 2"),
        ("[1]", "[1, 2]", "$ has 2 elements, not 1"),
        ("[1, 2, …]", "[1]", "$ has 1 elements, not 2 or more"),
        ('["2026-…"]', '["2025-01"]', "$[0] is '2025-01', not '2026-…'"),
        ('{"a": 1}', "oops", "printed no JSON:\noops"),
    ],
)
def test_json_not_as_shown(expected: str, actual: str, difference: str) -> None:
    assert differences(expected, actual, "json") == [difference]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("ready", "ready\n"),
        ("", "\n"),
        ("took … ms\ndone\n", "took 12 ms  \ndone\n"),
        ("first\n…\nlast", "first\na\nb\nlast"),
        ("first\n…", "first\n"),
        ("HTTP/1.1 200 OK\n…", "HTTP/1.1 200 OK\ndate: x\n\n{}"),
        ("a.b", "a.b"),
    ],
)
def test_text_as_shown(expected: str, actual: str) -> None:
    assert differences(expected, actual, "text") == []


@pytest.mark.parametrize(
    ("expected", "actual"), [("ready", "not ready"), ("a.b", "axb"), ("a\nb", "a"), ("a …", "a\nb")]
)
def test_text_not_as_shown(expected: str, actual: str) -> None:
    (difference,) = differences(expected, actual, "text")
    assert difference == f"printed:\n{actual}\nbut the page shows:\n{expected}"
