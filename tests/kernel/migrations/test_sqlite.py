"""What is particular to SQLite: tables are rebuilt to change a column, and nothing may get lost in that."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from backstay.kernel import migrations
from backstay.kernel.module import Module

MakeModule = Callable[..., Module]

CREATE = """
    from alembic import op

    revision = "blog_0001"
    down_revision = None
    branch_labels = ("blog",)


    def upgrade() -> None:
        op.execute('''
            CREATE TABLE blog_posts (
                id INTEGER NOT NULL CONSTRAINT pk_blog_posts PRIMARY KEY,
                parent_id INTEGER,
                title TEXT,
                CONSTRAINT fk_blog_posts_parent_id
                    FOREIGN KEY (parent_id) REFERENCES blog_posts (id) ON DELETE CASCADE,
                CONSTRAINT ck_blog_posts_title CHECK (length(title) > 0)
            )
        ''')
        op.execute('''
            CREATE TABLE blog_comments (
                id INTEGER NOT NULL PRIMARY KEY,
                post_id INTEGER NOT NULL REFERENCES blog_posts (id) ON DELETE CASCADE
            )
        ''')
        op.execute("CREATE TABLE blog_log (words TEXT)")
        op.execute("CREATE VIEW blog_titles AS SELECT title FROM blog_posts")
        op.execute('''
            CREATE TRIGGER blog_comment_made AFTER INSERT ON blog_comments
            BEGIN INSERT INTO blog_log SELECT title FROM blog_posts WHERE id = NEW.post_id; END
        ''')


    def downgrade() -> None:
        op.execute("DROP TABLE blog_comments")
        op.execute("DROP VIEW blog_titles")
        op.execute("DROP TABLE blog_posts")
        op.execute("DROP TABLE blog_log")
"""

REBUILD = """
    import sqlalchemy as sa
    from alembic import op

    revision = "blog_0002"
    down_revision = "blog_0001"


    def upgrade() -> None:
        with op.batch_alter_table("blog_posts") as batch_op:
            batch_op.alter_column("title", existing_type=sa.Text(), nullable=False)


    def downgrade() -> None:
        with op.batch_alter_table("blog_posts") as batch_op:
            batch_op.alter_column("title", existing_type=sa.Text(), nullable=True)
"""

ORPHANS = """
    from alembic import op

    revision = "blog_0002"
    down_revision = "blog_0001"


    def upgrade() -> None:
        op.execute("DELETE FROM blog_posts WHERE id = 1")


    def downgrade() -> None:
        pass
"""


async def test_rebuilding_a_table_keeps_what_refers_to_it(make_module: MakeModule, tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    url = f"sqlite:///{path}"
    await migrations.up(url, [make_module("blog", {"0001_create.py": CREATE})])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO blog_posts VALUES (1, NULL, 'root'), (2, 1, 'leaf')")
        connection.execute("INSERT INTO blog_comments VALUES (1, 2)")

    done = await migrations.up(
        url, [make_module("blog", {"0001_create.py": CREATE, "0002_require.py": REBUILD})]
    )

    assert [one.revision for one in done] == ["blog_0002"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        assert connection.execute("SELECT id, parent_id, title FROM blog_posts").fetchall() == [
            (1, None, "root"),
            (2, 1, "leaf"),
        ]
        assert connection.execute("SELECT title FROM blog_titles").fetchall() == [("root",), ("leaf",)]
        connection.execute("INSERT INTO blog_comments VALUES (2, 1)")
        assert connection.execute("SELECT words FROM blog_log").fetchall() == [("leaf",), ("root",)]
        for broken in (
            "INSERT INTO blog_posts VALUES (3, NULL, '')",
            "INSERT INTO blog_posts VALUES (3, 99, 'x')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(broken)
        connection.execute("DELETE FROM blog_posts WHERE id = 1")
        assert connection.execute("SELECT count(*) FROM blog_comments").fetchone() == (0,)


async def test_rows_that_would_refer_to_nothing_stop_the_run(make_module: MakeModule, tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    url = f"sqlite:///{path}"
    await migrations.up(url, [make_module("blog", {"0001_create.py": CREATE})])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO blog_posts VALUES (1, NULL, 'root')")
        connection.execute("INSERT INTO blog_comments VALUES (1, 1)")

    with pytest.raises(migrations.MigrationError) as refusal:
        await migrations.up(url, [make_module("blog", {"0001_create.py": CREATE, "0002_clean.py": ORPHANS})])

    assert str(refusal.value) == (
        "1 rows would refer to nothing, the first in 'blog_comments' to 'blog_posts'; nothing was changed"
    )
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM blog_posts").fetchone() == (1,)
        assert connection.execute("SELECT version_num FROM backstay_migrations").fetchall() == [
            ("blog_0001",)
        ]


async def test_a_file_that_is_no_database_is_reported_in_plain_words(blog: Module, tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    path.write_text("this is a letter, not a database, whatever its name says" * 10)

    for attempt in (migrations.standings, migrations.up):
        with pytest.raises(migrations.MigrationError, match="file is not a database"):
            await attempt(f"sqlite:///{path}", [blog])


async def test_a_path_with_a_space_is_the_one_that_the_server_opens(blog: Module, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/my%20data/blog.db"

    await migrations.up(url, [blog])

    assert (tmp_path / "my data" / "blog.db").is_file()
    assert [one.state for one in await migrations.standings(url, [blog])] == [migrations.State.CURRENT]
