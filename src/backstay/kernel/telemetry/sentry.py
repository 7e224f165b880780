"""Unhandled exceptions to a Sentry-compatible tracker, with what finds the request and nothing of the person.

Imported only when a DSN is set; the package comes with the extra `sentry`.
"""

from __future__ import annotations

from typing import Any, Final

import sentry_sdk
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import event_from_exception

from backstay.kernel.observation import current_record
from backstay.kernel.settings import Settings
from backstay.kernel.telemetry.redaction import scrubbed
from backstay.kernel.telemetry.release import release

_FLUSH_SECONDS: Final = 2.0


class ErrorReporter:
    """Sends exceptions in the background, with a client of its own: other users of sentry-sdk keep theirs."""

    def __init__(self, settings: Settings) -> None:
        """Connects nothing yet; a DSN in a wrong form was refused with the settings."""
        dsn = settings.telemetry.sentry_dsn
        self._client = sentry_sdk.Client(
            dsn=None if dsn is None else dsn.reveal(),
            environment=settings.app.environment,
            release=f"backstay@{release()}",
            # Nothing is collected unasked: no arguments, no local variables, no breadcrumbs, no bodies.
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            before_send=_scrub,
        )

    def report(self, error: BaseException) -> None:
        """Send the exception, tagged with the request that it happened in, if any."""
        scope = sentry_sdk.Scope()
        record = current_record.get()
        if record is not None:
            route = record.route or "unmatched"
            scope.set_transaction_name(f"{record.method} {route}")
            scope.set_tag("request_id", record.request_id)
            scope.set_tag("trace_id", record.trace_id)
            scope.set_tag("route", route)
            scope.set_tag("method", record.method)
            if record.actor is not None:
                scope.set_user({"id": str(record.actor.id)})
        event, hint = event_from_exception(error, client_options=self._client.options)
        self._client.capture_event(event, hint=hint, scope=scope)

    def close(self) -> None:
        """Send what waits, for two seconds at most."""
        self._client.close(timeout=_FLUSH_SECONDS)


def _scrub(event: Event, _hint: Hint) -> Event:
    """Take addresses, tokens and the values of database keys out of what exceptions say."""
    exceptions: Any = event.get("exception", {})
    for exception in exceptions.get("values", ()):
        if exception.get("value"):
            exception["value"] = scrubbed(str(exception["value"]))
    return event
