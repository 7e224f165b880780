"""Judging migrations: on both engines, without touching anything."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import CheckConstraint

from backstay.kernel import migrations
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, first

BY_HAND = """
    from alembic import op

    revision = "blog_0002"
    down_revision = "blog_0001"


    def upgrade() -> None:
        if op.get_context().dialect.name == "sqlite":
            op.execute("CREATE VIRTUAL TABLE blog_search USING fts5(title, content='blog_posts')")
            op.execute(
                "CREATE TRIGGER blog_posts_search AFTER INSERT ON blog_posts "
                "BEGIN INSERT INTO blog_search (rowid, title) VALUES (new.rowid, new.title); END"
            )
        else:
            op.execute(
                "ALTER TABLE blog_posts ADD COLUMN search tsvector "
                "GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED"
            )
            op.execute("CREATE INDEX ix_blog_posts_search ON blog_posts USING gin (search)")


    def downgrade() -> None:
        if op.get_context().dialect.name == "sqlite":
            op.execute("DROP TRIGGER blog_posts_search")
            op.execute("DROP TABLE blog_search")
        else:
            op.execute("DROP INDEX ix_blog_posts_search")
            op.execute("ALTER TABLE blog_posts DROP COLUMN search")
"""


async def test_what_is_made_by_hand_is_left_alone_once_it_is_declared(
    make_module: MakeModule, database_url: str, engine_name: str
) -> None:
    tables = first()
    blog = make_module("blog", None, tables=tables)
    first_step = await migrations.new([blog], "blog", "create posts")
    (first_step.path.parent / "0002_search.py").write_text(dedent(BY_HAND))
    undeclared = await migrations.check([blog], database_url)
    tables.info["by_hand"] = {"blog_posts.search", "ix_blog_posts_search"}

    assert await migrations.check([blog], database_url) == []
    with pytest.raises(migrations.NothingChangedError):
        await migrations.new([blog], "blog", "nothing")
    # A virtual table can't be declared in tables.py at all, so it needs no declaration.
    assert undeclared == (
        []
        if engine_name == "sqlite"
        else [
            (
                "blog: column blog_posts.search is made by a migration and is not in tables.py "
                "(tsvector GENERATED to_tsvector('simple'::regconfig, title))"
            ),
            (
                "blog: index blog_posts.ix_blog_posts_search is made by a migration and is not in tables.py "
                "(CREATE INDEX ix_blog_posts_search ON backstay_scratch.blog_posts USING gin (search))"
            ),
        ]
    )


async def test_a_check_that_only_tables_py_has_is_found(make_module: MakeModule, database_url: str) -> None:
    blog = make_module("blog", None, tables=first())
    await migrations.new([blog], "blog", "create posts")
    changed = first()
    changed.tables["blog_posts"].append_constraint(CheckConstraint("title <> ''", name="title"))
    blog = Module(name="blog", summary="", package=blog.package, tables=changed)

    (problem,) = await migrations.check([blog], database_url)

    assert problem.startswith("blog: c")
    assert "blog_posts.ck_blog_posts_title is in tables.py and in no migration (" in problem


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        (
            'revision = "blog_0002"',
            'revision = "blog_0003"',
            "blog: 0002_add_likes.py says revision = 'blog_0003', it must be 'blog_0002'",
        ),
        (
            'down_revision = "blog_0001"',
            "down_revision = None",
            "blog: 0002_add_likes.py says down_revision = None, it must be 'blog_0001'",
        ),
        (
            "def downgrade()",
            'depends_on = "shop_0001"\n\ndef upgrade_back()',
            "blog: 0002_add_likes.py says depends_on = 'shop_0001', it must be None",
        ),
        (
            "def downgrade()",
            "def upgrade_back()",
            "blog: 0002_add_likes.py has no downgrade()",
        ),
        (
            'batch_op.drop_column("likes")',
            "pass",
            (
                "blog: taking blog_0002 back does not leave what was there before it: "
                "column blog_posts.likes is 'INTEGER', was 'not there'"
            ),
        ),
    ],
)
async def test_a_file_that_does_not_fit_is_reported(
    blog: Module, was: str, becomes: str, problem: str
) -> None:
    assert blog.migrations is not None
    file = blog.migrations / "0002_add_likes.py"
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, becomes))

    assert problem in await migrations.check([blog])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("likes.py", "is not a migration's name: call it NNNN_words.py"),
        ("0004_more.py", "0004_more.py follows number 0002; 0003 is missing"),
        (
            "0002_shares.py",
            (
                "module 'blog' has two heads: 0002_add_likes.py and 0002_shares.py are both number 0002; "
                "give the one that came later the next number"
            ),
        ),
    ],
)
async def test_a_folder_that_is_not_in_order_is_refused_everywhere(
    blog: Module, tmp_path: Path, name: str, words: str
) -> None:
    assert blog.migrations is not None
    (blog.migrations / name).touch()
    url = f"sqlite:///{tmp_path}/blog.db"

    for attempt in (migrations.up(url, [blog]), migrations.standings(url, [blog]), migrations.check([blog])):
        with pytest.raises(migrations.MigrationError) as refusal:
            await attempt
        assert words in str(refusal.value)


async def test_tables_without_migrations_are_reported(make_module: MakeModule) -> None:
    blog = make_module("blog", None, tables=first())

    assert await migrations.check([blog]) == [
        "blog has tables and no migrations: backstay migrate new blog create"
    ]


async def test_alembic_itself_reads_the_files_as_one_branch_a_module(make_module: MakeModule) -> None:
    from alembic.script import ScriptDirectory

    modules = [make_module("blog"), make_module("shop", requires=("blog",))]
    folders = [module.migrations for module in modules if module.migrations]
    script = ScriptDirectory(str(folders[0]), version_locations=[str(folder) for folder in folders])

    assert sorted(script.get_heads()) == ["blog_0002", "shop_0002"]
    revision = script.get_revision("shop@head")
    assert revision is not None
    assert revision.branch_labels == {"shop"}
