"""UUIDv7, as objects and as text."""

from __future__ import annotations

import os
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


def test_a_forked_child_gives_out_ids_of_its_own() -> None:
    uuid7()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of pytest's may run here
        os.write(theirs, "\n".join(uuid7_text() for _ in range(100)).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        told = pipe.read().split("\n")
    assert os.waitpid(child, 0)[1] == 0

    # The last two groups are random alone: whatever the child inherited, it must not use.
    random_of_child = {text[19:] for text in told}
    assert len(random_of_child) == 100
    assert not random_of_child & {uuid7_text()[19:] for _ in range(100)}
