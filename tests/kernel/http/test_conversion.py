"""Values as they were sent: texts of parameters, and numbers of JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from backstay.kernel.http.conversion import check_text, from_text, whole_numbers


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (int, "5", 5),
        (bool, "true", True),
        (list[int], ["1", "2"], [1, 2]),
        (datetime, "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (timedelta, "PT5S", timedelta(seconds=5)),
    ],
)
def test_a_text_means_a_value(kind: Any, text: Any, value: Any) -> None:
    assert from_text(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(datetime, "0.5"), (datetime, "5"), (timedelta, "5"), (list[datetime], ["2026-01-02T03:04:05Z", "5"])],
)
def test_a_number_of_seconds_is_no_time(kind: Any, text: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_text(kind, text)
    assert [error.code for error in check_text(kind, text, "?since")] == ["format"]


def test_a_number_without_a_fraction_is_whole() -> None:
    whole = whole_numbers({"a": [787.0, -1.0], "b": 0.5, "c": True, "d": "1.0", "e": 2.0**53})
    assert repr(whole) == repr({"a": [787, -1], "b": 0.5, "c": True, "d": "1.0", "e": 2.0**53})


@pytest.mark.parametrize("text", [str(2**63), str(-(2**63) - 1), "425635923159950688256"])
def test_a_whole_number_beyond_64_bits_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_text(int, text)
    assert [(e.pointer, e.code) for e in check_text(int, text, "?status")] == [("?status", "range")]
    assert from_text(int, str(2**63 - 1)) == 2**63 - 1
