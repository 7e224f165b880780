"""The database: SQLite and PostgreSQL behind readers, units of work and statements.

Tables are SQLAlchemy Core; statements are compiled once per dialect, run straight on the
driver and decoded into contracts. Organization, soft deletion, stamps and versions are
properties of tables that every statement obeys. See `docs/adr/0001-statements.md`.
"""

from backstay.kernel.database.address import app_role_of, driver_url, is_pooled
from backstay.kernel.database.columns import (
    ACROSS,
    DERIVED,
    KEPT,
    PRUNED_BY,
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    owner_column,
    soft_deletion,
    stamps,
    timestamp_text,
    version_column,
)
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.database import Database, transactional
from backstay.kernel.database.dialect import DIALECTS, Dialect
from backstay.kernel.database.engine import PoolStats
from backstay.kernel.database.errors import (
    BadCursor,
    CommitFailed,
    CommitUnknown,
    ConstraintViolation,
    DatabaseUnavailable,
    LostRace,
    NoRow,
    OutOfRange,
    UniqueViolation,
)
from backstay.kernel.database.filters import Filter, at_least, below, equals
from backstay.kernel.database.functions import any_of, database_now
from backstay.kernel.database.listing import (
    MAX_LIMIT,
    MAX_SORTS,
    Listing,
    ListRequest,
    Page,
    listing,
)
from backstay.kernel.database.scope import ACTOR, NOW, Deleted, param
from backstay.kernel.database.sqlite_wal import use_wal
from backstay.kernel.database.statement import Statement, statement
from backstay.kernel.database.unit import Reader, UnitOfWork
from backstay.kernel.database.upsert import excluded, upsert
from backstay.kernel.database.wall import (
    EVERY_ORGANIZATION,
    ORGANIZATION_SETTING,
    scoping_column,
)

__all__ = [
    "ACROSS",
    "ACTOR",
    "DERIVED",
    "DIALECTS",
    "EVERY_ORGANIZATION",
    "KEPT",
    "MAX_LIMIT",
    "MAX_SORTS",
    "NOW",
    "ORGANIZATION_SETTING",
    "PRUNED_BY",
    "BadCursor",
    "CommitFailed",
    "CommitUnknown",
    "Compiled",
    "ConstraintViolation",
    "Database",
    "DatabaseUnavailable",
    "Deleted",
    "Dialect",
    "Filter",
    "Json",
    "ListRequest",
    "Listing",
    "LostRace",
    "NoRow",
    "OutOfRange",
    "Page",
    "PoolStats",
    "Reader",
    "Statement",
    "Timestamp",
    "UniqueViolation",
    "UnitOfWork",
    "Uuid",
    "any_of",
    "app_role_of",
    "at_least",
    "below",
    "database_now",
    "driver_url",
    "equals",
    "excluded",
    "id_column",
    "is_pooled",
    "listing",
    "module_tables",
    "organization_column",
    "owner_column",
    "param",
    "scoping_column",
    "soft_deletion",
    "stamps",
    "statement",
    "timestamp_text",
    "transactional",
    "upsert",
    "use_wal",
    "version_column",
]
