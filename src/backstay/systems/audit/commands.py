"""`backstay audit`: the verifier, as a file of its own."""

from __future__ import annotations

import inspect

import click

from backstay.systems.audit.service import verifier as verifier_file


@click.group()
def audit() -> None:
    """The audit trail, from the command line."""


@audit.command()
def verifier() -> None:
    """Print the verifier: one file that checks an export, offline and without backstay.

    `backstay audit verifier > verifier.py`, then `uv run verifier.py audit.jsonl --key ...`.
    """
    click.echo(inspect.getsource(verifier_file), nl=False)
