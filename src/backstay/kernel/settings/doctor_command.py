"""`backstay doctor`: what is configured, where from, and what to do about what is missing or weak."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backstay.kernel.settings.composition import ListModules
from backstay.kernel.settings.doctor import examine
from backstay.kernel.settings.findings import Finding, Severity
from backstay.kernel.settings.loading import SettingsError, load
from backstay.kernel.settings.tree import Settings
from backstay.kernel.settings.views import describe

_STYLES: Final = {
    Severity.OK: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "yellow",
    Severity.ERROR: "bold red",
}


@click.command()
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="Read this file, not backstay.toml."
)
@click.option(
    "--all", "everything", is_flag=True, help="Show the settings that have their default value too."
)
@click.pass_context
def doctor(context: click.Context, file: Path | None, everything: bool) -> None:
    """Explain what is configured, and what is missing or weak. Fails when something cannot work."""
    console = Console()
    list_modules: ListModules = context.obj
    try:
        modules = list_modules()
        settings = load(modules, file=file)
    except SettingsError as error:
        console.print(
            _findings([Finding(Severity.ERROR, p.setting, f"{p.words} ({p.source})") for p in error.problems])
        )
        context.exit(1)
    findings = asyncio.run(examine(settings, modules))
    console.print(_settings(settings, everything=everything))
    console.print(_findings(findings))
    context.exit(1 if any(finding.severity is Severity.ERROR for finding in findings) else 0)


def _settings(settings: Settings, *, everything: bool) -> Table:
    table = Table(
        title="Settings", title_justify="left", caption=None if everything else "the rest has its default"
    )
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for view in describe(settings):
        if everything or view.source != "default":
            table.add_row(view.name, escape(view.value), escape(view.source))
    return table


def _findings(findings: list[Finding]) -> Table:
    table = Table(title="Findings", title_justify="left")
    table.add_column("")
    table.add_column("what", no_wrap=True)
    table.add_column("found, and what to do", overflow="fold")
    for finding in findings:
        style = _STYLES[finding.severity]
        words = escape(finding.message) + (f"\n[dim]{escape(finding.advice)}[/]" if finding.advice else "")
        table.add_row(f"[{style}]{finding.severity}[/]", escape(finding.subject), words)
    return table
