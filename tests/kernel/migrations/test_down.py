"""Taking migrations back on both engines: no silent loss, and no module without its ground."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from backstay.kernel import migrations
from backstay.kernel.database import DERIVED
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, query, revisions, tables


async def test_down_takes_the_last_one_back_when_nothing_is_lost(blog: Module, database_url: str) -> None:
    await migrations.up(database_url, [blog])
    await query(database_url, "INSERT INTO blog_posts (id, title) VALUES (1, 'kept')")

    done = await migrations.down(database_url, [blog], "blog")

    assert revisions(done) == ["blog_0002"]
    assert await query(database_url, "SELECT * FROM blog_posts") == [(1, "kept")]
    assert await query(database_url, "SELECT version_num FROM backstay_migrations") == [("blog_0001",)]


@pytest.mark.parametrize("to", ["base", "0"])
async def test_down_to_base_leaves_nothing_and_up_works_again(
    blog: Module, database_url: str, to: str
) -> None:
    await migrations.up(database_url, [blog])

    done = await migrations.down(database_url, [blog], "blog", to=to)

    assert revisions(done) == ["blog_0002", "blog_0001"]
    assert await tables(database_url) == set()
    assert revisions(await migrations.up(database_url, [blog])) == ["blog_0001", "blog_0002"]


@pytest.mark.parametrize(
    ("to", "loss"),
    [
        (None, "column blog_posts.likes (1 row with a value)"),
        ("base", "table blog_posts (2 rows)"),
    ],
)
async def test_down_refuses_to_lose_data_and_says_what(
    blog: Module, database_url: str, to: str | None, loss: str
) -> None:
    await migrations.up(database_url, [blog])
    await query(database_url, "INSERT INTO blog_posts (id, title, likes) VALUES (1, 'a', 5), (2, 'b', NULL)")

    with pytest.raises(migrations.DataLossError) as refusal:
        await migrations.down(database_url, [blog], "blog", to=to)

    assert str(refusal.value) == f"this would delete {loss}"
    assert await query(database_url, "SELECT id, title, likes FROM blog_posts ORDER BY id") == [
        (1, "a", 5),
        (2, "b", None),
    ]
    assert await query(database_url, "SELECT version_num FROM backstay_migrations") == [("blog_0002",)]

    await migrations.down(database_url, [blog], "blog", to=to, lose_data=True)
    assert await tables(database_url) == (set() if to else {"blog_posts"})


async def test_what_is_derived_is_no_loss(blog: Module, database_url: str) -> None:
    await migrations.up(database_url, [blog])
    await query(database_url, "INSERT INTO blog_posts (id, title, likes) VALUES (1, 'a', 5)")
    derived = MetaData()
    Table("blog_posts", derived, Column("likes", Integer, info={DERIVED: "counted elsewhere"}))

    done = await migrations.down(database_url, [replace(blog, tables=derived)], "blog")

    assert revisions(done) == ["blog_0002"]
    assert await query(database_url, "SELECT * FROM blog_posts") == [(1, "a")]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("7", "blog has no revision '7'; its newest is blog_0002"),
        ("shop_0001", "blog has no revision 'shop_0001'; its newest is blog_0002"),
        ("blog_0002", "blog is at number 1, before blog_0002: `down` only goes back"),
    ],
)
async def test_down_says_what_is_wrong_with_its_target(
    blog: Module, database_url: str, to: str, words: str
) -> None:
    await migrations.up(database_url, [blog])
    await migrations.down(database_url, [blog], "blog", to="0001")

    with pytest.raises(migrations.MigrationError) as refusal:
        await migrations.down(database_url, [blog], "blog", to=to)

    assert str(refusal.value) == words


async def test_down_refuses_to_pull_the_ground_from_under_another_module(
    make_module: MakeModule, database_url: str
) -> None:
    blog, shop = make_module("blog"), make_module("shop", requires=("blog",))
    await migrations.up(database_url, [blog, shop])

    with pytest.raises(migrations.MigrationError, match="shop requires blog: take that down to base first"):
        await migrations.down(database_url, [blog, shop], "blog", to="base")

    await migrations.down(database_url, [blog, shop], "shop", to="base")
    await migrations.down(database_url, [blog, shop], "blog", to="base")
    assert await tables(database_url) == set()
