"""Durations and sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.settings.quantities import parse_duration, parse_size, show_duration, show_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("1.5", 1.5), ("250ms", 0.25), ("30s", 30.0), ("1h30m", 5400.0), ("1d 2h", 93600.0)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1y", "1s2", "1 2s", "1e3"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("7", 7), ("7B", 7), ("2kB", 2000), ("2KiB", 2048), ("1.5 MiB", 1572864), ("3GB", 3_000_000_000)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1mb", "1KB", "1.5B", "1 M B"])
def test_other_text_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_size(text)


@given(st.integers(0, 10**7))
def test_what_is_shown_reads_back(number: int) -> None:
    assert parse_size(show_size(number)) == number
    milliseconds = number / 1000
    assert parse_duration(show_duration(milliseconds)) == pytest.approx(milliseconds, rel=1e-5)
