"""Writing migrations by comparison."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Table

from backstay.kernel import migrations
from backstay.kernel.database import id_column, module_tables
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, first, second

FIRST = '''"""Create posts."""

import sqlalchemy as sa
from alembic import op
from backstay import Json, Timestamp, Uuid

revision = "blog_0001"
down_revision = None
branch_labels = ("blog",)


def upgrade() -> None:
    op.create_table(
        "blog_posts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("parent_id", Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("likes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("extra", Json(), nullable=True),
        sa.Column("published_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_blog_posts_likes")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["blog_posts.id"], name=op.f("fk_blog_posts_parent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blog_posts")),
        sa.UniqueConstraint("title", "parent_id", name=op.f("uq_blog_posts_title_parent_id")),
    )
    with op.batch_alter_table("blog_posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blog_posts_published_at"), ["published_at"], unique=False)
    op.create_table(
        "blog_tags",
        sa.Column("post_id", Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["blog_posts.id"], name=op.f("fk_blog_tags_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "tag", name=op.f("pk_blog_tags")),
    )


def downgrade() -> None:
    op.drop_table("blog_tags")
    with op.batch_alter_table("blog_posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blog_posts_published_at"))
    op.drop_table("blog_posts")
'''


async def test_the_first_migration_of_a_module(make_module: MakeModule, database_url: str) -> None:
    blog = make_module("blog", None, tables=first())

    revision = await migrations.new([blog], "blog", "create posts.")

    assert blog.migrations is not None
    assert revision == migrations.Revision(
        "blog_0001", 1, "create posts", blog.migrations / "0001_create_posts.py"
    )
    assert revision.path.read_text() == FIRST
    assert await migrations.check([blog], database_url) == []


async def test_a_change_is_written_for_both_engines(make_module: MakeModule, database_url: str) -> None:
    before = make_module("blog", None, tables=first())
    await migrations.new([before], "blog", "create posts")
    blog = Module(name="blog", summary="", package=before.package, tables=second())

    revision = await migrations.new([blog], "blog", "Subtitles, & fewer columns!")

    assert revision.id == "blog_0002"
    assert revision.path.name == "0002_subtitles_fewer_columns.py"
    assert await migrations.check([blog], database_url) == []
    await migrations.up(database_url, [blog])
    await migrations.down(database_url, [blog], "blog")
    assert len(await migrations.up(database_url, [blog])) == 1


async def test_what_it_writes_is_already_formatted_and_passes_the_lints(make_module: MakeModule) -> None:
    before = make_module("blog", None, tables=first())
    await migrations.new([before], "blog", "create posts")
    blog = Module(name="blog", summary="", package=before.package, tables=second())
    await migrations.new([blog], "blog", "subtitles")

    assert blog.migrations is not None
    settings = ["--isolated", "--no-cache", "--line-length=110", "."]
    run_ruff(blog.migrations, "format", "--check", *settings)
    run_ruff(blog.migrations, "check", "--select=ALL", "--ignore=D,INP001,COM812,CPY", *settings)


def run_ruff(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


async def test_nothing_is_written_when_nothing_changed_unless_asked(make_module: MakeModule) -> None:
    blog = make_module("blog", None, tables=first())
    await migrations.new([blog], "blog", "create posts")

    with pytest.raises(migrations.NothingChangedError, match=r"blog: tables\.py and the migrations agree"):
        await migrations.new([blog], "blog", "again")
    assert blog.migrations is not None
    assert [path.name for path in blog.migrations.glob("*.py")] == ["0001_create_posts.py"]

    revision = await migrations.new([blog], "blog", "fill in titles", empty=True)
    assert revision.path.read_text() == (
        '"""Fill in titles."""\n\nrevision = "blog_0002"\ndown_revision = "blog_0001"\n\n\n'
        "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )


async def test_only_the_modules_own_tables_are_looked_at(make_module: MakeModule) -> None:
    shop_tables = module_tables("blog_shop")
    Table("blog_shop_items", shop_tables, id_column())
    shop = make_module("blog_shop", None, tables=shop_tables)
    await migrations.new([shop], "blog_shop", "create items")
    blog = make_module("blog", None, tables=first(), requires=("blog_shop",))

    revision = await migrations.new([shop, blog], "blog", "create posts")

    assert revision.path.read_text() == FIRST
    assert await migrations.check([shop, blog]) == []
