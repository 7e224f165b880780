"""`backstay mail`: for the mailbox that bounces go to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from backstay.kernel.backend import start
from backstay.kernel.module import Module
from backstay.kernel.settings import ListModules, Settings, SettingsError, load
from backstay.systems.mail import service
from backstay.systems.mail.contracts import FeedbackResult
from backstay.systems.mail.errors import NotAReport

DATA_ERROR = 65
"""`EX_DATAERR` of sysexits.h: a mail server takes it for "do not try again"."""
LARGEST = 1024 * 1024
"""Bytes read of a message: reports are small, and what comes after their beginning is not needed."""


@click.group()
def mail() -> None:
    """Mails, from the command line."""


@mail.command()
@click.pass_obj
def report(list_modules: ListModules) -> None:
    """Take in a bounce or a complaint from standard input, for whichever organization sent the mail.

    Let your mail server pipe the mailbox of `mail.return_path` into it.
    """
    modules = list_modules()
    try:
        settings = load(modules)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    try:
        result = asyncio.run(_report(settings, modules, sys.stdin.buffer.read(LARGEST)))
    except NotAReport:
        click.echo("This is no report about a mail (RFC 3464, RFC 5965).", err=True)
        sys.exit(DATA_ERROR)
    click.echo(
        f"{result.accepted} report(s), {len(result.matched)} about mails of ours, "
        f"{len(result.suppressed)} address(es) suppressed"
    )


async def _report(settings: Settings, modules: Sequence[Module], message: bytes) -> FeedbackResult:
    async with start(settings, modules, services=False) as backend:
        return await service.take_reports_of_anyone(backend.database, service.feedback_of(message))
