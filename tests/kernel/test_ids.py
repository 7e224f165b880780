"""UUIDv7, as objects and as text."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from backstay.kernel.ids import ids_from, uuid7, uuid7_text


def test_both_forms_come_from_one_rising_sequence() -> None:
    made = [str(uuid7()) if n % 2 else uuid7_text() for n in range(10_000)]
    assert made == sorted(set(made))
    for text in made[:2]:
        parsed = UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 7, RFC_4122)


def test_a_source_gives_both_forms() -> None:
    some = UUID("018f0000-0000-7000-8000-000000000001")
    with ids_from(lambda: some):
        assert (uuid7(), uuid7_text()) == (some, str(some))
    assert uuid7() != some
