"""The console's own questions to the database."""

from __future__ import annotations

from sqlalchemy import func, select

from backstay.kernel.database import statement

POSTGRESQL_VERSION = statement(select(func.current_setting("server_version")), str)
