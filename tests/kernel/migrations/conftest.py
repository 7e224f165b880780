"""Modules made up for one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import invalidate_caches
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
from sqlalchemy import MetaData

from backstay.kernel.module import Module

MakeModule = Callable[..., Module]

CREATE_POSTS = """
    import sqlalchemy as sa
    from alembic import op

    revision = "{name}_0001"
    down_revision = None
    branch_labels = ("{name}",)


    def upgrade() -> None:
        op.create_table(
            "{name}_posts",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("title", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_{name}_posts"),
        )


    def downgrade() -> None:
        op.drop_table("{name}_posts")
"""

ADD_LIKES = """
    import sqlalchemy as sa
    from alembic import op

    revision = "{name}_0002"
    down_revision = "{name}_0001"


    def upgrade() -> None:
        with op.batch_alter_table("{name}_posts") as batch_op:
            batch_op.add_column(sa.Column("likes", sa.Integer(), nullable=True))


    def downgrade() -> None:
        with op.batch_alter_table("{name}_posts") as batch_op:
            batch_op.drop_column("likes")
"""

TWO_STEPS = {"0001_create_posts.py": CREATE_POSTS, "0002_add_likes.py": ADD_LIKES}


@pytest.fixture
def make_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeModule:
    """Write a package and return its manifest.

    Without migrations it gets two: one makes `<name>_posts`, one adds its column `likes`.
    `{name}` in a migration's text is the module's name; None writes no `migrations` folder.
    """
    packages = tmp_path / "packages"
    monkeypatch.syspath_prepend(str(packages))

    def make(
        name: str = "blog",
        migrations: Mapping[str, str] | None = TWO_STEPS,
        *,
        tables: MetaData | None = None,
        requires: tuple[str, ...] = (),
    ) -> Module:
        package = f"{name}_{uuid4().hex}"
        folder = packages / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        if migrations is not None:
            (folder / "migrations").mkdir()
            for file, text in migrations.items():
                (folder / "migrations" / file).write_text(dedent(text).replace("{name}", name))
        # The import system remembers listings of folders for as long as their times look the same.
        invalidate_caches()
        return Module(name=name, summary="", package=package, tables=tables, requires=requires)

    return make


@pytest.fixture
def blog(make_module: MakeModule) -> Module:
    """A module with two migrations: a table, then one more column."""
    return make_module()
