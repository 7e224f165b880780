"""`backstay dev`: serve, and start again when a file changes."""

from __future__ import annotations

import os
import sys

import click

from backstay.commands.serve import overridden
from backstay.kernel.http import listen
from backstay.kernel.module import compose
from backstay.kernel.settings import ListModules, load


@click.command()
@click.option("--host", help="Listen on this address.  [http.host]")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port.  [http.port]")
@click.option("--seed", is_flag=True, help="Write small sample data first, once.")
@click.pass_obj
def dev(list_modules: ListModules, *, host: str | None, port: int | None, seed: bool) -> None:
    """Serve, and start again when a file changes.

    That is a source file, a migration or backstay.toml, in the project or in backstay. Requests
    that arrive meanwhile wait for the new code. A change that does not run leaves its traceback on
    the screen, and the next change tries again.
    """
    environ = overridden(os.environ, {"host": host, "port": port})
    settings = load(compose(list_modules()), environ)
    listener = listen(settings.http.host, settings.http.port)
    os.set_inheritable(listener.fileno(), True)
    # The process that stays has imported nothing that may change: it begins anew, with the socket.
    arguments = [sys.executable, "-m", "backstay.commands.reloader", str(listener.fileno())]
    os.execve(sys.executable, [*arguments, "--seed"] if seed else arguments, environ)  # noqa: S606 - it is this very program
