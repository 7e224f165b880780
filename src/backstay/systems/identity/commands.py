"""`backstay users`: accounts, from the command line of whoever operates the deployment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click

from backstay.kernel.backend import Backend, start
from backstay.kernel.errors import BackstayError
from backstay.kernel.settings import ListModules, SettingsError, load
from backstay.systems.identity.contracts import BanOrder, User
from backstay.systems.identity.service import operating

T = TypeVar("T")


@click.group()
def users() -> None:
    """Accounts: make, list, ban, sign out."""


@users.command()
@click.argument("mail")
@click.option("--name", default="", help="What the person is called.")
@click.password_option(help="Asked for when not given; what is given here is seen by other users' `ps`.")
@click.option("--owner", is_flag=True, help="Let them operate the house and own what accounts begin in.")
@click.pass_obj
def create(list_modules: ListModules, mail: str, name: str, password: str, *, owner: bool) -> None:
    """Make an account whose address counts as verified."""
    user = _run(
        list_modules,
        lambda backend: operating.create(backend.database, mail, name, password, owner=owner),
    )
    click.echo(f"{user.id}  {user.mail}")


@users.command(name="list")
@click.option("--limit", default=50, type=click.IntRange(1, 100), help="The newest so many.")
@click.pass_obj
def list_(list_modules: ListModules, limit: int) -> None:
    """Show the newest accounts."""
    for user in _run(list_modules, lambda backend: operating.newest(backend.database, limit)):
        click.echo(f"{user.id}  {user.mail}  {_standing(user)}")


@users.command()
@click.argument("mail")
@click.option("--reason", required=True, help="Why; shown to whoever looks at the account.")
@click.option("--until", type=click.DateTime(), default=None, help="UTC; for good when not given.")
@click.pass_obj
def ban(list_modules: ListModules, mail: str, reason: str, until: datetime | None) -> None:
    """Ban somebody; every session of theirs ends within a second."""
    order = BanOrder(reason=reason, until=None if until is None else until.replace(tzinfo=UTC))
    user = _run(list_modules, lambda backend: operating.ban(backend.database, mail, order))
    click.echo(f"{user.mail} is {_standing(user)}")


@users.command()
@click.argument("mail")
@click.pass_obj
def unban(list_modules: ListModules, mail: str) -> None:
    """Let somebody in again."""
    user = _run(list_modules, lambda backend: operating.unban(backend.database, mail))
    click.echo(f"{user.mail} is {_standing(user)}")


@users.command(name="sign-out")
@click.argument("mail")
@click.pass_obj
def sign_out(list_modules: ListModules, mail: str) -> None:
    """End every session of somebody."""
    ended = _run(list_modules, lambda backend: operating.sign_out(backend.database, mail))
    click.echo(f"{ended} session(s) ended")


@users.command(name="reset-factors")
@click.argument("mail")
@click.option("--reason", required=True, help="Recorded, and told to the person.")
@click.pass_obj
def reset_factors(list_modules: ListModules, mail: str, reason: str) -> None:
    """Take the second factors and the password of somebody who lost them; a mailed link lets them back in."""
    user = _run(list_modules, lambda backend: operating.reset(backend.database, mail, reason))
    click.echo(f"{user.mail} comes back by `forgot the password`")


def _standing(user: User) -> str:
    if user.banned_at is not None:
        return "banned" + ("" if user.banned_until is None else f" until {user.banned_until:%Y-%m-%d %H:%M}")
    return "verified" if user.verified_at is not None else "not verified"


def _run(list_modules: ListModules, work: Callable[[Backend], Awaitable[T]]) -> T:
    modules = list_modules()

    async def inside() -> T:
        async with start(load(modules), modules, services=False) as backend:
            return await work(backend)

    try:
        return asyncio.run(inside())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except BackstayError as error:
        raise click.ClickException(error.detail or error.title) from None
