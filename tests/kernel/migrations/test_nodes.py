"""Several real processes: each migration runs once, and a start that has nothing to run is cheap."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from backstay.kernel import migrations
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, query

NODE = """
import asyncio, sys
from backstay.kernel import migrations
from backstay.kernel.module import Module

async def main():
    module = Module(name="slow", summary="", package=sys.argv[2])
    sys.stdin.readline()
    for applied in await migrations.up(sys.argv[1], [module]):
        print(applied.revision)

print("ready", flush=True)
asyncio.run(main())
"""

MEETS_THE_OTHER = """
    import time
    from pathlib import Path

    from alembic import op

    revision = "slow_0001"
    down_revision = None
    branch_labels = ("slow",)


    def upgrade() -> None:
        op.execute("CREATE TABLE slow_things (id INTEGER PRIMARY KEY)")
        # Held open until the other node has had every chance to run the same migration.
        time.sleep(0.5)
        op.execute("INSERT INTO slow_things (id) VALUES (1)")


    def downgrade() -> None:
        op.execute("DROP TABLE slow_things")
"""


async def test_two_nodes_that_migrate_at_once_run_each_migration_once(
    make_module: MakeModule, database_url: str, tmp_path: Path
) -> None:
    module = make_module("slow", {"0001_create.py": MEETS_THE_OTHER})
    nodes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            NODE,
            database_url,
            module.package,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": str(tmp_path / "packages"), "PATH": "/usr/bin:/bin"},
        )
        for _ in range(2)
    ]
    for node in nodes:
        assert node.stdout is not None
        assert await node.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(node.communicate(b"go\n") for node in nodes))

    assert [node.returncode for node in nodes] == [0, 0], answers
    assert sorted(out for out, _ in answers) == [b"", b"slow_0001\n"]
    assert await query(database_url, "SELECT id FROM slow_things") == [(1,)]


async def test_nothing_of_alembic_is_imported_to_learn_that_a_database_is_up_to_date(
    blog: Module, database_url: str, tmp_path: Path
) -> None:
    await migrations.up(database_url, [blog])
    code = f"""
import asyncio, sys
from backstay.kernel import migrations
from backstay.kernel.module import Module

module = Module(name="blog", summary="", package={blog.package!r})
(standing,) = asyncio.run(migrations.standings({database_url!r}, [module]))
print(standing.state.value, [name for name in sys.modules if name.startswith(("alembic", "mako"))])
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(tmp_path / "packages"), "PATH": "/usr/bin:/bin"},
    )
    out, _ = await process.communicate()

    assert out == b"current []\n"
