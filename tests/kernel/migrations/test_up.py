"""Running migrations up on both engines: all or nothing, and only what is missing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from backstay.kernel import migrations
from backstay.kernel.migrations.schema import describe
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, query, revisions, tables


async def test_up_runs_everything_once(blog: Module, database_url: str) -> None:
    reported: list[migrations.Applied] = []

    first = await migrations.up(database_url, [blog], report=reported.append)
    second = await migrations.up(database_url, [blog])

    assert revisions(first) == ["blog_0001", "blog_0002"]
    assert [one.words for one in first] == ["create posts", "add likes"]
    assert reported == first
    assert second == []
    assert await query(database_url, "SELECT version_num FROM backstay_migrations") == [("blog_0002",)]
    assert await tables(database_url) == {"blog_posts"}


async def test_one_module_goes_up_with_those_it_requires_and_no_other(
    make_module: MakeModule, database_url: str
) -> None:
    blog, shop, wiki = make_module("blog"), make_module("shop", requires=("blog",)), make_module("wiki")

    done = await migrations.up(database_url, [blog, shop, wiki], only="shop")

    assert revisions(done) == ["blog_0001", "blog_0002", "shop_0001", "shop_0002"]
    assert await tables(database_url) == {"blog_posts", "shop_posts"}


async def test_a_module_that_left_the_house_does_not_stand_in_the_way(
    make_module: MakeModule, database_url: str
) -> None:
    blog, shop = make_module("blog"), make_module("shop")
    await migrations.up(database_url, [shop])

    done = await migrations.up(database_url, [blog])

    assert revisions(done) == ["blog_0001", "blog_0002"]
    assert await query(database_url, "SELECT version_num FROM backstay_migrations ORDER BY 1") == [
        ("blog_0002",),
        ("shop_0002",),
    ]


async def test_an_unknown_module_is_named(blog: Module, database_url: str) -> None:
    with pytest.raises(migrations.MigrationError, match="there is no module 'blgo'; there are blog"):
        await migrations.up(database_url, [blog], only="blgo")


BREAKS_HALF_WAY = """
    from alembic import op

    revision = "{name}_0002"
    down_revision = "{name}_0001"


    def upgrade() -> None:
        op.execute("CREATE TABLE {name}_half (id INTEGER)")
        op.execute("INSERT INTO {name}_posts (id, title) VALUES (1, 'half')")
        op.execute("INSERT INTO {name}_nowhere (id) VALUES (1)")


    def downgrade() -> None:
        pass
"""


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    make_module: MakeModule, database_url: str
) -> None:
    wiki = make_module("wiki")
    await migrations.up(database_url, [wiki])
    before = await exclusively(database_url, describe, scratch=True)
    blog = make_module("blog")
    (Path(str(blog.migrations)) / "0002_add_likes.py").write_text(
        dedent(BREAKS_HALF_WAY).replace("{name}", "blog")
    )

    with pytest.raises(migrations.MigrationError) as failure:
        await migrations.up(database_url, [wiki, blog])

    assert str(failure.value).startswith("blog_0002 (add likes) failed: ")
    assert "blog_nowhere" in str(failure.value)
    assert str(failure.value).endswith("; nothing was changed")
    assert await exclusively(database_url, describe, scratch=True) == before
    assert await query(database_url, "SELECT version_num FROM backstay_migrations") == [("wiki_0002",)]


async def test_a_database_of_a_newer_release_is_left_alone(blog: Module, database_url: str) -> None:
    await migrations.up(database_url, [blog])
    await query(database_url, "UPDATE backstay_migrations SET version_num = 'blog_0003'")

    assert await migrations.up(database_url, [blog]) == []
    with pytest.raises(migrations.MigrationError, match="blog_0003, which this release does not know"):
        await migrations.down(database_url, [blog], "blog")
    (standing,) = await migrations.standings(database_url, [blog])
    assert standing == migrations.Standing("blog", "blog_0003", "blog_0002", migrations.State.AHEAD, ())
