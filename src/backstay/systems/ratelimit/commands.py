"""`backstay ratelimit`: try a policy on yesterday's requests before anybody is refused by it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import click
import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import start
from backstay.kernel.errors import Invalid
from backstay.kernel.module import Module
from backstay.kernel.settings import ListModules, Settings, SettingsError, load
from backstay.systems.ratelimit.contracts import LARGEST_QUOTA, LONGEST_WINDOW, Algorithm
from backstay.systems.ratelimit.errors import NoSuchPolicy
from backstay.systems.ratelimit.service import policies
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.replaying import replay as replayed
from backstay.systems.ratelimit.service.views import PolicyReplay, ReplayReport

_WIDE: Final = 120


@click.group()
def ratelimit() -> None:
    """Limits, from the command line."""


@ratelimit.command()
@click.argument("policy")
@click.option("--quota", type=click.IntRange(1, LARGEST_QUOTA), help="Units a window.  [default: as it is]")
@click.option("--window", type=click.IntRange(1, LONGEST_WINDOW), help="Seconds.  [default: as it is]")
@click.option("--algorithm", type=click.Choice([one.value for one in Algorithm]))
@click.option("--burst", type=click.IntRange(1, LARGEST_QUOTA), help="Units at once.")
@click.option("--hours", type=click.IntRange(1, 24 * 31), default=24, show_default=True, help="To look back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def replay(
    list_modules: ListModules,
    /,
    *,
    policy: str,
    hours: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Say what POLICY would have done to the requests of the log, with other numbers if you give some.

    Changes nothing. The log keeps a sample of what went well when there is much to do, and skips the
    paths that `traffic.skip` names; of these nothing can be said.
    """
    modules = list_modules()
    try:
        settings = load(modules)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        report = asyncio.run(_replay(settings, modules, policy, changes, hours, quiet=as_json))
    except NoSuchPolicy:
        raise click.ClickException(f"no module declares a policy {policy!r}") from None
    except Invalid as invalid:
        words = "; ".join(f"--{error.pointer.strip('/')}: {error.message}" for error in invalid.errors)
        raise click.ClickException(words) from None
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _show(report)


async def _replay(
    settings: Settings,
    modules: Sequence[Module],
    policy: str,
    changes: dict[str, Any],
    hours: int,
    *,
    quiet: bool,
) -> ReplayReport:
    async with start(settings, modules, services=False) as backend:
        await policies.load(backend.database, backend.part(Limiter).book)
        until = backend.clock.now()
        asked = msgspec.convert(
            {"policy": policy, "since": until - timedelta(hours=hours), "until": until, **changes},
            PolicyReplay,
        )
        # Here and in `_show`: a server imports every module's commands, and prints no tables.
        from rich.console import Console

        # As above.
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
            task = progress.add_task("requests", total=None)
            async for told in replayed(backend.reader(SYSTEM), asked):
                if isinstance(told, ReplayReport):
                    return told
                progress.update(task, completed=told.done, total=told.total)
    raise AssertionError("a replay ends with its report")


def _show(report: ReplayReport) -> None:
    # As above.
    from rich.console import Console

    # As above.
    from rich.table import Table

    console = Console(width=_WIDE)
    least = "at least " if report.left_out else ""
    burst = "" if report.burst is None else f", {report.burst} at once"
    console.print(f"{report.policy}: {report.quota} in {report.window} s{burst} ({report.algorithm})")
    console.print(
        f"{report.requests:,} requests in the log, {report.concerned:,} of them concerned, "
        f"by {report.callers:,} caller(s):\n{report.admitted:,} admitted, {least}{report.refused:,} refused "
        f"(then: {report.refused_then:,}), of {report.callers_refused:,} caller(s)"
    )
    if report.left_out:
        share = report.requests / (report.requests + report.left_out)
        console.print(
            f"The log kept {share:.1%} of the requests of this time and left {report.left_out:,} out, so "
            "that more would have been refused. Raise `traffic.per_second` to keep all of them."
        )
    if report.partial:
        console.print("There were too many callers to count all of them one by one.")
    if not report.worst:
        return
    table = Table("caller", "admitted", "refused")
    for one in report.worst:
        table.add_row(one.subject, f"{one.admitted:,}", f"{one.refused:,}")
    console.print(table)
