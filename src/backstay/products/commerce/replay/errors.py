"""What a replay refuses; all of it is for whoever typed the command."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, Conflict


class NotReadable(BackstayError):
    """The file is none that can be replayed."""

    code = "replay_not_readable"
    status = 422
    title = "The file cannot be read"


class KnownAlready(Conflict):
    """Invoices of the file are in the shop already, and this replay did not bring them."""

    code = "replay_known_already"
    title = "The shop has such invoices already"


class Overtaken(Conflict):
    """Another process replays the same file into the same shop."""

    code = "replay_overtaken"
    title = "Another replay has gone on meanwhile"


class NotBegun(Conflict):
    """Nothing of this file was replayed into this shop."""

    code = "replay_not_begun"
    title = "This file was not replayed yet"
