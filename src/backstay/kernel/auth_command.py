"""`backstay token`: a signed token for a principal of the settings."""

from __future__ import annotations

from datetime import timedelta

import click

from backstay.kernel.auth import development_authenticator
from backstay.kernel.principal_tokens import DEFAULT_TTL
from backstay.kernel.settings import (
    ListModules,
    SettingsError,
    deployment_keys,
    load,
    nearest,
    parse_duration,
    show_duration,
)


@click.command()
@click.argument("name")
@click.option(
    "--ttl",
    default=show_duration(DEFAULT_TTL.total_seconds()),
    show_default=True,
    help="How long the token holds, e.g. 30m or 7d.",
)
@click.pass_obj
def token(list_modules: ListModules, name: str, ttl: str) -> None:
    """Print a signed token for the development principal NAME."""
    try:
        settings = load(list_modules())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    try:
        lifetime = timedelta(seconds=parse_duration(ttl))
    except ValueError:
        raise click.BadParameter(f"{ttl!r} is no duration such as 30m or 7d", param_hint="--ttl") from None
    authenticator = development_authenticator(settings, deployment_keys(settings))
    known = authenticator.principals
    if name not in known:
        hint = nearest(name, known) if known else ": add [[auth.principals]] to backstay.toml"
        raise click.BadParameter(f"there is no principal {name!r}{hint}", param_hint="NAME")
    click.echo(authenticator.mint(known[name], lifetime))
