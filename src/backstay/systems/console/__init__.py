"""The console: what an operator sees of the house, in a browser.

Systems with their health, promises and settings, guarantees with their runs, live traffic,
and a page for each product that has one. Promises: it shows no secret; it changes nothing
but what its own API lets the signed-in actor change; without its built files it says so
instead of breaking the server. Limits: guarantees are run from it in development only, one
run at a time, by a server of one process.
"""

from backstay.systems.console.contracts import PROVE, READ

__all__ = ["PROVE", "READ"]
