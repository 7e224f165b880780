"""Sample notes: what a person might keep, tagged and, now and then, thrown away."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.products.notes import service
from backstay.products.notes.contracts import NewNote, Note

_SMALL: Final = 40
_DELETED: Final = 0.05
_TAGS: Final = {
    "work": 6,
    "ideas": 4,
    "reading": 4,
    "recipes": 3,
    "home": 3,
    "travel": 2,
    "garden": 2,
    "music": 1,
    "someday": 1,
}


async def seed(seeding: Seeding) -> None:
    """Write sample notes of the last 120 days."""
    for batch in seeding.batches(seeding.count(_SMALL), of=20):
        made: list[Note] = []
        async with seeding.unit(at=seeding.past(days=120)) as uow:
            made += [await service.create(uow, _note(seeding)) for _ in batch]
        thrown_away = [note for note in made if seeding.chance(_DELETED)]
        if thrown_away:
            async with seeding.unit(at=seeding.past(days=20)) as uow:
                for note in thrown_away:
                    await service.delete(uow, note.id, version=note.version)


def _note(seeding: Seeding) -> NewNote:
    tags = {seeding.weighted(_TAGS) for _ in range(seeding.weighted({0: 2, 1: 4, 2: 3, 3: 1}))}
    kinds = {"document": 6, "meeting": 2, "list": 2, "recipe": 1}
    match seeding.weighted(kinds):
        case "meeting":
            title, body = _meeting(seeding)
        case "list":
            title, body = _list(seeding)
        case "recipe":
            title, body = _recipe(seeding)
        case _:
            title, body = seeding.title(), seeding.markdown(seeding.random.randrange(1, 6))
    return NewNote(title=title, body=body, tags=sorted(tags))


def _meeting(seeding: Seeding) -> tuple[str, str]:
    people = ", ".join(seeding.name() for _ in range(seeding.random.randrange(2, 5)))
    decisions = "\n".join(f"{n}. {seeding.sentence()}" for n in range(1, seeding.random.randrange(3, 6)))
    body = f"**Present:** {people}\n\n{seeding.paragraph()}\n\n## Decided\n\n{decisions}\n"
    return f"{seeding.company()}, {seeding.past(120):%d %B}", body


def _list(seeding: Seeding) -> tuple[str, str]:
    things = "\n".join(f"- {seeding.sentence()}" for _ in range(seeding.random.randrange(3, 9)))
    return f"To do: {seeding.word()} and {seeding.word()}", f"{things}\n\n~~{seeding.sentence()}~~\n"


def _recipe(seeding: Seeding) -> tuple[str, str]:
    things = [seeding.word() for _ in range(seeding.random.randrange(3, 7))]
    rows = "\n".join(f"| {thing} | {seeding.random.randrange(1, 20) * 25} g |" for thing in things)
    steps = "\n".join(f"{n}. {seeding.sentence()}" for n in range(1, seeding.random.randrange(3, 6)))
    return (
        f"{things[0].capitalize()} with {things[1]}",
        f"| what | how much |\n|:--|--:|\n{rows}\n\n{steps}\n",
    )
