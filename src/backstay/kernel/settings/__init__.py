"""Settings: one typed tree from defaults, `backstay.toml` and the environment, each value with its source.

A wrong value or an unknown name fails at start; the error names every problem, where it is
written, and the nearest right name. Secrets are `Secret`s and never printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backstay.kernel.settings.composition import ListModules, configured_modules, modules_reference
from backstay.kernel.settings.findings import Finding, Severity
from backstay.kernel.settings.keys import deployment_keys, generated_once
from backstay.kernel.settings.loading import Problem, SettingsError, load
from backstay.kernel.settings.quantities import parse_duration, parse_size, show_duration, show_size
from backstay.kernel.settings.reading import nearest
from backstay.kernel.settings.secret import REDACTED, Secret, redact, redact_url
from backstay.kernel.settings.tree import (
    BYTES,
    SECONDS,
    AppSettings,
    AuthSettings,
    DatabaseSettings,
    HttpSettings,
    Principal,
    Settings,
    TelemetrySettings,
)
from backstay.kernel.settings.views import SettingView, describe, markdown

if TYPE_CHECKING:
    from backstay.kernel.settings.doctor import examine

__all__ = [
    "BYTES",
    "REDACTED",
    "SECONDS",
    "AppSettings",
    "AuthSettings",
    "DatabaseSettings",
    "Finding",
    "HttpSettings",
    "ListModules",
    "Principal",
    "Problem",
    "Secret",
    "SettingView",
    "Settings",
    "SettingsError",
    "Severity",
    "TelemetrySettings",
    "configured_modules",
    "deployment_keys",
    "describe",
    "examine",
    "generated_once",
    "load",
    "markdown",
    "modules_reference",
    "nearest",
    "parse_duration",
    "parse_size",
    "redact",
    "redact_url",
    "show_duration",
    "show_size",
]


def __getattr__(name: str) -> Any:
    """Import the doctor only when it is asked for (PEP 562)."""
    if name == "examine":
        # Late, because it looks at every database, and so brings the drivers of all.
        from backstay.kernel.settings.doctor import examine

        return examine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
