"""`backstay prove`: run guarantees and say what came of them."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from backstay.kernel.guarantees import ENGINES, Engine, Guarantee, GuaranteeError, LabError, refuse_unfit
from backstay.kernel.module import Module
from backstay.proving.outputs.junit import write_junit
from backstay.proving.outputs.page import write_page
from backstay.proving.outputs.terminal import Progress, show
from backstay.proving.plan import Emit, Plan
from backstay.proving.results import Proof, exit_status, store, write_json
from backstay.proving.runner import prove as run_plan
from backstay.proving.target import Target

ModulesOf = Callable[[], Sequence[Module]]
"""What the command line's root puts into `ctx.obj`: the modules of this project."""


def choose(
    modules: Sequence[Module], *, everything: bool, systems: Sequence[str], names: Sequence[str]
) -> tuple[Guarantee, ...]:
    """The guarantees asked for: by name, by module, all, or the core set.

    Raises:
        click.UsageError: a name that does not exist, or nothing to run.
        GuaranteeError: the guarantees do not fit together.
    """
    refuse_unfit(guarantee for module in modules for guarantee in module.guarantees)
    known = {guarantee.name for module in modules for guarantee in module.guarantees}
    for name in names:
        if name not in known:
            raise click.UsageError(
                f"no guarantee is called {name!r}; there are: {', '.join(sorted(known)) or 'none'}"
            )
    for system in systems:
        if system not in {module.name for module in modules}:
            raise click.UsageError(
                f"no module is called {system!r}; there are: {', '.join(module.name for module in modules)}"
            )
    chosen = tuple(
        guarantee
        for module in modules
        if not systems or module.name in systems
        for guarantee in module.guarantees
        if (guarantee.name in names if names else everything or bool(systems) or guarantee.core)
    )
    if not chosen:
        raise click.UsageError(
            "there is no guarantee to run: see --all, or declare one in a module's guarantees.py"
        )
    return chosen


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every guarantee, not only the core set of a minute.")
@click.option("--system", "systems", multiple=True, metavar="NAME", help="Every guarantee of this module.")
@click.option("--guarantee", "names", multiple=True, metavar="NAME", help="This guarantee only.")
@click.option(
    "--engine",
    type=click.Choice([*ENGINES, "all"]),
    default="sqlite",
    show_default=True,
    help="On which database. PostgreSQL: that of BACKSTAY_LAB_POSTGRES or DATABASE_URL, else this machine's.",
)
@click.option(
    "--sabotage", is_flag=True, help="Plant each guarantee's bugs instead: every one must be caught."
)
@click.option("--seed", type=click.IntRange(min=0), help="Make the choices of an earlier run again.")
@click.option("--trials", type=click.IntRange(min=1), help="Rounds of each check, instead of its own number.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=min(2, os.cpu_count() or 1),
    show_default=True,
    help="Checks to run at the same time.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the artifact to this file.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write JUnit XML to this file.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path), help="Write one readable page to this file."
)
@click.option(
    "--events",
    type=click.File("w", lazy=False),
    help="Write progress as JSON lines; '-' for standard output.",
)
@click.option("--keep", is_flag=True, help="Leave the servers' logs and databases for you to look at.")
@click.option("--target", "url", metavar="URL", help="Ask this running server instead of starting any.")
@click.option("--token", envvar="BACKSTAY_LAB_TOKEN", help="As whom to ask it (or BACKSTAY_LAB_TOKEN).")
@click.option("--throw-away", is_flag=True, help="The token's organization may be filled with rubbish.")
@click.option(
    "--rate", type=click.FloatRange(min=0.1), default=50.0, show_default=True, help="Requests a second to it."
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BACKSTAY_APP_DATA_DIR",
    default=Path("var"),
    show_default=True,
    help="Where the last runs are kept for the console, in proofs/.",
)
@click.pass_context
def prove(
    context: click.Context,
    *,
    everything: bool,
    systems: tuple[str, ...],
    names: tuple[str, ...],
    engine: str,
    sabotage: bool,
    seed: int | None,
    trials: int | None,
    jobs: int,
    json_file: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
    events: Any,
    keep: bool,
    url: str | None,
    token: str | None,
    throw_away: bool,
    rate: float,
    data_dir: Path,
) -> None:
    """Run guarantees against real servers while they are being killed, and say what held.

    Exits with 0 when all held (or every planted bug was caught), 1 when one was violated (or a
    bug was not caught), 2 when one could not be judged.
    """
    modules: ModulesOf = context.obj
    try:
        plan = Plan(
            guarantees=choose(modules(), everything=everything, systems=systems, names=names),
            engines=ENGINES if engine == "all" else (_engine(engine),),
            seed=secrets.randbelow(1_000_000) if seed is None else seed,
            trials=trials,
            sabotage=sabotage,
            target=Target(url=url, token=token, throw_away=throw_away, rate=rate) if url else None,
            keep=keep,
            jobs=jobs,
        )
        proofs = run(
            plan, console=Console(stderr=events is not None and events.name == "<stdout>"), events=events
        )
    except (GuaranteeError, LabError) as error:
        raise click.UsageError(str(error)) from None
    for proof in proofs:
        store(data_dir, proof)
    if json_file is not None:
        write_json(json_file, proofs)
    if junit_file is not None:
        write_junit(junit_file, proofs)
    if html_file is not None:
        write_page(html_file, proofs)
    context.exit(exit_status(proofs))


def _engine(name: str) -> Engine:
    return "postgres" if name == "postgres" else "sqlite"


def run(plan: Plan, *, console: Console, events: Any = None) -> list[Proof]:
    """Run a plan, tell its progress on the console and (as JSON lines) on `events`, then show the table.

    An interrupt (SIGINT) or a polite end (SIGTERM) clears everything away before it takes effect.
    """
    with Progress(console) as progress:
        emit: Emit = progress if events is None else _both(progress, events)
        proofs = asyncio.run(_until_terminated(plan, emit))
    show(console, proofs)
    return proofs


def _both(progress: Progress, events: Any) -> Emit:
    def emit(event: dict[str, Any]) -> None:
        progress(event)
        events.write(msgspec.json.encode(event).decode() + "\n")
        events.flush()

    return emit


async def _until_terminated(plan: Plan, emit: Emit) -> list[Proof]:
    task = asyncio.current_task()
    assert task is not None
    if os.name == "posix":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await run_plan(plan, emit)
    except asyncio.CancelledError:
        sys.stderr.write("stopped; everything the lab had started is cleared away\n")
        raise
