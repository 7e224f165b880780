"""What the console refuses, and why."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, Forbidden, NotFound


class NoSuchSystem(NotFound):
    """No module of this name is composed into the server."""

    code = "no_such_system"
    title = "No such system"


class NoSuchGuarantee(NotFound):
    """No module of this server declares a guarantee of this name."""

    code = "no_such_guarantee"
    title = "No such guarantee"


class NoSuchProof(NotFound):
    """The run is not kept here, or never was."""

    code = "no_such_proof"
    title = "No such run"


class NoSuchFile(NotFound):
    """The console has no such file; after an upgrade, an open page may ask for one of the old version."""

    code = "no_such_file"
    title = "The console has no such file"


class ProvingNotAllowed(Forbidden):
    """Runs can be started from the console only in development, on a server of one process."""

    code = "proving_not_allowed"
    title = "Guarantees are not run from this console"


class AlreadyProving(Conflict):
    """A run is under way; a second one would disturb it."""

    code = "already_proving"
    title = "A run is under way already"
