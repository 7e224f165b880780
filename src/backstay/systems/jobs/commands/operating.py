"""`backstay jobs`: see and steer jobs, queues and schedules without the console."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import click
import msgspec
from msgspec import structs

from backstay.kernel import migrations
from backstay.kernel.actor import EVERYTHING, SYSTEM_ORGANIZATION
from backstay.kernel.auth import DEMO, actor_of
from backstay.kernel.backend import Backend, start
from backstay.kernel.module import compose
from backstay.kernel.settings import ListModules, Principal, Settings, load
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.service import looking, steering
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.schedules import simulate as simulated

T = TypeVar("T")
HOUSE: Final = "house"
_WIDE: Final = 120

_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
_whose = click.option(
    "--organization",
    metavar="ID",
    help=f"Whose jobs: an organization's id, or `{HOUSE}` for the house's own (its schedules').  "
    "[default: the first principal's]",
)


@click.group()
def jobs() -> None:
    """See and steer jobs, queues and schedules."""


@jobs.command("list")
@click.option("--state", "states", type=click.Choice([state.value for state in JobState]), multiple=True)
@click.option("--queue", help="Of this queue.")
@click.option("--kind", help="Of this kind.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_whose
@_json
@click.pass_obj
def list_(
    modules: ListModules,
    *,
    states: tuple[str, ...],
    queue: str | None,
    kind: str | None,
    limit: int,
    organization: str | None,
    as_json: bool,
) -> None:
    """List jobs, the newest first."""
    query = JobQuery(states=[JobState(state) for state in states], queue=queue, kind=kind, limit=limit)

    async def work(backend: Backend, owner: UUID) -> list[Any]:
        store, found, after = backend.part(Jobs).store, list[Any](), None
        while len(found) < limit:
            page = await store.find(owner, structs.replace(query, after=after))
            found += [looking.summary_of(job) for job in page.items]
            if (after := page.after) is None:
                break
        return found[:limit]

    found = _run(modules, organization, work)
    _show(
        found,
        as_json,
        ("id", "kind", "queue", "state", "attempt", "run_at", "error"),
        lambda job: (
            job.id,
            job.kind,
            job.queue,
            job.state,
            f"{job.attempt}/{job.max_attempts}",
            _moment(job.run_at),
            job.error.kind if job.error else "",
        ),
    )


@jobs.command()
@click.argument("job_id", type=click.UUID)
@_whose
@click.pass_obj
def show(modules: ListModules, job_id: UUID, organization: str | None) -> None:
    """Show a job with its arguments, its life and its flow, as JSON."""
    found = _run(
        modules,
        organization,
        lambda backend, owner: looking.detail_of(backend.part(Jobs), owner, job_id),
    )
    click.echo(_text(found))


@jobs.command()
@click.argument("ids", type=click.UUID, nargs=-1, required=True)
@_whose
@click.pass_obj
def cancel(modules: ListModules, ids: tuple[UUID, ...], organization: str | None) -> None:
    """Cancel jobs; those that run are told, wherever they do."""

    async def work(backend: Backend, owner: UUID) -> None:
        for job_id in ids:
            job = await steering.cancel(backend.part(Jobs).store, owner, job_id)
            click.echo(f"{job_id} {'is told to end' if job.state is JobState.RUNNING else job.state.value}")

    _run(modules, organization, work)


@jobs.command()
@click.argument("ids", type=click.UUID, nargs=-1, required=True)
@_whose
@click.pass_obj
def replay(modules: ListModules, ids: tuple[UUID, ...], organization: str | None) -> None:
    """Run dead or cancelled jobs again, in the order in which they were enqueued."""
    done = _run(
        modules, organization, lambda backend, owner: steering.replay(backend.part(Jobs).store, owner, ids)
    )
    for job_id in done.replayed:
        click.echo(f"{job_id} replayed")
    for job_id in done.refused:
        click.echo(f"{job_id} is not there, or has not ended badly", err=True)
    if done.refused:
        raise click.exceptions.Exit(1)


@jobs.command()
@_json
@click.pass_obj
def queues(modules: ListModules, *, as_json: bool) -> None:
    """Show every queue in numbers."""
    found = _run(modules, None, lambda backend, _: backend.part(Jobs).store.queues())
    _show(
        found,
        as_json,
        ("queue", "ready", "running", "scheduled", "waiting", "failed", "dead", "oldest", ""),
        lambda queue: (
            queue.queue,
            *(queue.ready, queue.running, queue.scheduled, queue.waiting, queue.failed, queue.dead),
            "" if queue.oldest_ready is None else f"{queue.oldest_ready:.1f} s",
            "paused" if queue.paused else "",
        ),
    )


@jobs.command()
@click.argument("queue")
@click.pass_obj
def pause(modules: ListModules, queue: str) -> None:
    """Hand out no more jobs of a queue, on any node."""
    _run(modules, None, lambda backend, _: backend.part(Jobs).store.pause(queue, paused=True))


@jobs.command()
@click.argument("queue")
@click.pass_obj
def resume(modules: ListModules, queue: str) -> None:
    """Hand a queue's jobs out again."""
    _run(modules, None, lambda backend, _: backend.part(Jobs).store.pause(queue, paused=False))


@jobs.command()
@_json
@click.pass_obj
def schedules(modules: ListModules, *, as_json: bool) -> None:
    """Show every schedule with its last and its next tick."""
    _show(
        _run(modules, None, lambda backend, _: backend.part(Jobs).agenda.show()),
        as_json,
        ("schedule", "ticks", "zone", "next", "last", "held by"),
        lambda one: (
            one.name,
            one.words,
            one.zone,
            "paused" if one.paused else _moment(one.next_at),
            _moment(one.last_tick) + (" (skipped)" if one.last_skipped else ""),
            one.holder or "",
        ),
    )


@jobs.command()
@click.option("--since", type=click.DateTime(), help="UTC.  [default: now]")
@click.option("--until", type=click.DateTime(), help="UTC.  [default: a day later]")
@click.option("--schedule", help="This one only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@_json
@click.pass_obj
def simulate(
    modules: ListModules,
    *,
    since: datetime | None,
    until: datetime | None,
    schedule: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show what would fire after one moment up to another, daylight saving included."""

    async def work(backend: Backend, _: UUID) -> list[Any]:
        agenda = backend.part(Jobs).agenda
        begin = since.replace(tzinfo=UTC) if since else backend.clock.now()
        end = until.replace(tzinfo=UTC) if until else begin + timedelta(days=1)
        chosen = agenda.schedules if schedule is None else [agenda.schedule(schedule)]
        return simulated(chosen, begin, end, limit=limit)

    _show(
        _run(modules, None, work),
        as_json,
        ("tick", "schedule", "local", "kind"),
        lambda one: (_moment(one.tick), one.schedule, one.local, one.kind),
    )


def _run(
    list_modules: ListModules, organization: str | None, work: Callable[[Backend, UUID], Awaitable[T]]
) -> T:
    modules = compose(list_modules())
    settings = load(modules)
    owner = _owner(settings, organization)

    async def go() -> T:
        behind = await migrations.standings(settings.database.url, modules)
        if any(standing.state is migrations.State.BEHIND for standing in behind):
            raise click.ClickException("the tables are not up to date: run `backstay migrate up` first")
        async with start(settings, modules, services=False) as backend:
            try:
                return await work(backend, owner)
            finally:
                await backend.part(Jobs).store.close()

    return asyncio.run(go())


def _owner(settings: Settings, organization: str | None) -> UUID:
    if organization is None:
        principals = settings.auth.principals
        chosen = principals[0] if principals else Principal(name=DEMO, permissions=(EVERYTHING,))
        return actor_of(chosen).organization_id
    if organization == HOUSE:
        return SYSTEM_ORGANIZATION
    try:
        return UUID(organization)
    except ValueError:
        raise click.BadParameter(f"an id, or `{HOUSE}`", param_hint="--organization") from None


def _show(
    found: Sequence[Any], as_json: bool, head: tuple[str, ...], row: Callable[[Any], Sequence[Any]]
) -> None:
    if as_json:
        click.echo(_text(found))
        return
    # Late, because a server imports every command and prints no table.
    from rich.console import Console
    from rich.table import Table

    table = Table(*head, box=None, header_style="bold")
    for one in found:
        table.add_row(*(str(cell).replace("[", "\\[") for cell in row(one)))
    console = Console()
    # A pipe has no width: what is read by line must not be broken.
    Console(width=None if console.is_terminal else 2 * _WIDE).print(table)


def _text(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
