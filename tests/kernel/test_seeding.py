"""Sample data: the same for the same seed, written once, and nothing like a real person's."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import invalidate_caches
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Table, Text, insert, select

from backstay.kernel import migrations
from backstay.kernel.actor import Actor
from backstay.kernel.database import (
    Database,
    id_column,
    module_tables,
    organization_column,
    stamps,
    statement,
)
from backstay.kernel.ids import uuid7
from backstay.kernel.module import Module
from backstay.kernel.seeding import Sampler, Seeding, SeedingError, SeedResult, Size, seed
from backstay.kernel.signing import Keys

PRESENT = datetime(2026, 11, 21, tzinfo=UTC)

metadata = module_tables("blog")
posts = Table("blog_posts", metadata, id_column(), organization_column(), Column("title", Text), *stamps())
ADD = statement(insert(posts))
ALL = statement(select(posts.c.title).order_by(posts.c.id), str)

Write = Callable[[Seeding], Awaitable[None]]
MakeBlog = Callable[..., Module]


async def write_posts(seeding: Seeding) -> None:
    """A module's `seed`, as one is written."""
    author = seeding.person()
    for batch in seeding.batches(seeding.count(5), of=2):
        async with seeding.unit(author, at=seeding.past(days=10)) as uow:
            for _ in batch:
                await uow.execute(ADD, id=uuid7(), title=seeding.title())


@pytest.fixture
def make_blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeBlog:
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    folder = uuid4().hex

    def make(
        write: Write | None = write_posts, *, name: str = "blog", requires: tuple[str, ...] = ()
    ) -> Module:
        package = tmp_path / "packages" / f"{name}_{folder}"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        invalidate_caches()
        tables = metadata if name == "blog" else None
        return Module(
            name=name, summary="", package=package.name, tables=tables, seed=write, requires=requires
        )

    return make


@pytest.fixture
async def blog(make_blog: MakeBlog, database_url: str) -> Module:
    module = make_blog()
    await migrations.new([module], "blog", "create posts")
    await migrations.up(database_url, [module])
    return module


async def rows(url: str, keys: Keys, actor: Actor) -> list[str]:
    database = await Database.open(url, keys=keys)
    try:
        return await database.reader(actor).all(ALL)
    finally:
        await database.close()


async def run(url: str, modules: list[Module], keys: Keys, actor: Actor, **options: Any) -> list[SeedResult]:
    return await seed(url, modules, keys=keys, actor=actor, present=PRESENT, **options)


async def test_a_module_is_seeded_once(blog: Module, database_url: str, keys: Keys, actor: Actor) -> None:
    progress: list[tuple[str, int, int]] = []

    def advance(module: str, done: int, total: int) -> None:
        progress.append((module, done, total))

    first = await run(database_url, [blog], keys, actor, advance=advance)
    second = await run(database_url, [blog], keys, actor, number=7, size=Size.LARGE)

    assert first == [SeedResult("blog", wrote=True, size="small", seed=1, rows=5)]
    assert second == [SeedResult("blog", wrote=False, size="small", seed=1, rows=0)]
    assert progress == [("blog", 2, 5), ("blog", 4, 5), ("blog", 5, 5)]
    assert len(await rows(database_url, keys, actor)) == 5


async def test_the_same_seed_gives_the_same_rows_ids_and_stamps(
    make_blog: MakeBlog, tmp_path: Path, keys: Keys, actor: Actor
) -> None:
    blog = make_blog()
    await migrations.new([blog], "blog", "create posts")
    other = make_blog(write_posts, name="wiki")

    async def dump(name: str, modules: list[Module], **options: Any) -> list[tuple[str, ...]]:
        path = tmp_path / name
        await migrations.up(f"sqlite:///{path}", [blog])
        await run(f"sqlite:///{path}", modules, keys, actor, only="blog", **options)
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT * FROM blog_posts ORDER BY id").fetchall()

    first = await dump("first.db", [blog])
    again = await dump("again.db", [other, blog])
    different = await dump("different.db", [blog], number=2)
    medium = await dump("medium.db", [blog], size=Size.MEDIUM)

    assert first == again
    assert not {row[0] for row in first} & {row[0] for row in different}
    assert (len(first), len(medium)) == (5, 50)
    for identifier, _organization, _title, created_at, *_ in first:
        moment = datetime.fromisoformat(created_at)
        assert PRESENT - timedelta(days=10) <= moment <= PRESENT
        # A UUIDv7 begins with the milliseconds of its birth (RFC 9562, 5.7).
        assert int(identifier.replace("-", "")[:12], 16) == int(moment.timestamp() * 1000)
        assert identifier[14] == "7"


async def test_outside_of_seeding_ids_are_random_again(
    blog: Module, database_url: str, keys: Keys, actor: Actor
) -> None:
    await run(database_url, [blog], keys, actor)

    assert abs(int(uuid7().hex[:12], 16) / 1000 - datetime.now(UTC).timestamp()) < 60


async def test_a_seeding_that_was_killed_is_reported_and_starts_over_after_going_down(
    blog: Module, make_blog: MakeBlog, database_url: str, keys: Keys, actor: Actor
) -> None:
    async def stumble(seeding: Seeding) -> None:
        async with seeding.unit() as uow:
            await uow.execute(ADD, id=uuid7(), title="half")
        raise KeyboardInterrupt

    broken = make_blog(stumble)
    with pytest.raises(KeyboardInterrupt):
        await run(database_url, [broken], keys, actor)

    with pytest.raises(SeedingError) as refusal:
        await run(database_url, [blog], keys, actor)
    assert str(refusal.value) == (
        "an earlier seeding of blog stopped half-way: start over with `backstay seed --module blog --fresh`"
    )
    assert await rows(database_url, keys, actor) == ["half"]

    await migrations.down(database_url, [blog], "blog", to="base", lose_data=True)
    await migrations.up(database_url, [blog])
    assert [result.wrote for result in await run(database_url, [blog], keys, actor)] == [True]


async def test_one_module_is_seeded_after_those_it_requires(
    make_blog: MakeBlog, blog: Module, database_url: str, keys: Keys, actor: Actor
) -> None:
    async def nothing(_: Seeding) -> None:
        pass

    shop = make_blog(nothing, name="shop", requires=("blog",))
    wiki = make_blog(nothing, name="wiki")
    bare = make_blog(None, name="bare")

    results = await run(database_url, [blog, bare, wiki, shop], keys, actor, only="shop")

    assert [result.module for result in results] == ["blog", "shop"]
    with pytest.raises(SeedingError, match="there is no module 'shp'; there are blog, shop"):
        await run(database_url, [blog, shop], keys, actor, only="shp")


def sampler(number: int = 1) -> Sampler:
    return Sampler(Random(number), PRESENT)


def test_what_a_seed_gives_does_not_change_between_versions() -> None:
    """A change here changes everybody's sample data: screenshots, documentation, recorded examples."""
    sample = sampler()

    assert [
        sample.name(),
        sample.email("Zoë O'Brien"),
        sample.company(),
        sample.word(),
        sample.title(),
        sample.sentence(),
        sample.past(30).isoformat(),
        sample.money(100, 10_000),
        str(sample.uuid()),
    ] == [
        "Divya Popescu",
        "zoe.obrien868@example.test",
        "Young Bow Group",
        "coast",
        "Shore and spring",
        "The cargo sorts the knot beside the young anchor.",
        "2026-11-19T10:19:15.057142+00:00",
        7772,
        "a648a7dd-0683-4eb9-85b6-e6e307d4bedc",
    ]


@given(st.integers(0, 10_000))
def test_samples_have_the_shape_they_promise(number: int) -> None:
    sample = sampler(number)

    assert re.fullmatch(r"[a-z]+(\.[a-z]+)*\d{1,3}@example\.test", sample.email())
    assert re.fullmatch(r"[^\W\d_][\w']* [^\W\d_][\w']*", sample.name())
    assert 4 <= len(sample.sentence().split()) <= 30
    assert sample.sentence().endswith(".")
    assert len(re.findall(r"\.(?: |$)", sample.paragraph(3))) >= 3
    assert PRESENT - timedelta(days=7) <= sample.past(7) <= PRESENT
    assert 99 <= sample.money(99, 5_000) <= 5_000
    assert not sample.title().endswith(".")
    assert sample.uuid().version == 4
    document = sample.markdown(8)
    assert len(document.strip().split("\n\n")) >= 8
    assert not document.startswith("#")


def test_weights_are_respected() -> None:
    sample = sampler()

    counts = Counter(sample.weighted({"often": 9, "seldom": 1, "never": 0}) for _ in range(10_000))
    heads = sum(sample.chance(0.25) for _ in range(10_000))

    assert 0.88 < counts["often"] / 10_000 < 0.92
    assert counts["never"] == 0
    assert 0.23 < heads / 10_000 < 0.27


def test_ids_of_one_moment_stay_in_order_even_past_the_counter(actor: Actor) -> None:
    from backstay.kernel.clock import ManualClock

    clock = ManualClock(PRESENT)
    seeding = Seeding(
        None,  # type: ignore[arg-type]  # no statement is run
        clock,
        actor,
        random=Random(1),
        size=Size.SMALL,
        advance=lambda _done, _total: None,
    )

    made = [seeding.next_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == 10_000
    assert {one.version for one in made} == {7}


async def test_every_module_counts_back_from_the_same_present(
    make_blog: MakeBlog, blog: Module, database_url: str, keys: Keys, actor: Actor
) -> None:
    seen: list[datetime] = []

    async def look(seeding: Seeding) -> None:
        seen.append(seeding.present)

    await run(database_url, [blog, make_blog(look, name="wiki")], keys, actor)
    assert seen == [PRESENT]
