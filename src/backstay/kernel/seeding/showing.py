"""Seeding with progress bars, for people: `backstay seed`, `backstay serve --seed`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from backstay.kernel import migrations
from backstay.kernel.actor import EVERYTHING, Actor
from backstay.kernel.auth import DEMO, actor_of
from backstay.kernel.clock import clock_from_environment
from backstay.kernel.module import Module, prepare_parts
from backstay.kernel.seeding.seeding import SeedResult, Size
from backstay.kernel.seeding.seeding import seed as write
from backstay.kernel.settings import Principal, Settings, deployment_keys


async def seed_showing(
    settings: Settings,
    modules: Sequence[Module],
    *,
    size: Size = Size.SMALL,
    number: int = 1,
    only: str | Collection[str] = (),
    present: datetime | None = None,
) -> list[SeedResult]:
    """Migrate, then seed, and show how it goes; returns what was written."""
    # Late, because every module's seed.py imports this package, and no server needs progress bars.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console()
    await migrations.up(settings.database.url, modules)
    bars = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*bars, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(module: str, done: int, total: int) -> None:
            if module not in tasks:
                tasks[module] = progress.add_task(module, total=total)
            progress.update(tasks[module], completed=done, total=total)

        results = await write(
            settings.database.url,
            modules,
            keys=deployment_keys(settings),
            actor=sample_owner(settings),
            present=present or clock_from_environment().now(),
            size=size,
            number=number,
            only=only,
            advance=advance,
            prepare=lambda database: prepare_parts(modules, database, settings),
        )
    for result in results:
        words = f"{result.rows} written" if result.wrote else "has its sample data already"
        console.print(f"  [bold]{result.module}[/]  {words} [dim]({result.size}, seed {result.seed})[/]")
    return results


def sample_owner(settings: Settings) -> Actor:
    """Whose the sample data is: who a developer signs in as."""
    principals = settings.auth.principals
    return actor_of(principals[0] if principals else Principal(name=DEMO, permissions=(EVERYTHING,)))
