"""Imports and exports."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, func, insert, select, update

from backstay.kernel.database import NOW, listing, param, statement
from backstay.products.commerce.catalog.contracts.imports import (
    Exported,
    Fault,
    FileFormat,
    Import,
    ImportState,
    Touched,
)
from backstay.products.commerce.catalog.tables import exports, faults, imports, touched


class Task(Struct, frozen=True):
    """An import, as its job needs it."""

    id: UUID
    shop_id: UUID
    format: FileFormat
    content: str
    dry_run: bool
    make_terms: bool
    state: ImportState
    done: int
    faults: int


class ExportRow(Struct, frozen=True):
    """An export, as its job needs it."""

    id: UUID
    shop_id: UUID
    format: FileFormat
    content: str | None


_IMPORT = [imports.c[name] for name in Import.__struct_fields__]
_THAT = (imports.c.shop_id == param("shop_id"), imports.c.id == param("id"))
IMPORTS = listing(
    select(*_IMPORT).where(imports.c.shop_id == param("shop_id")),
    Import,
    name="catalog.imports",
    key=imports.c.id,
    sorts={"created_at": imports.c.created_at},
    default=("-created_at",),
)
GET = statement(select(*_IMPORT).where(*_THAT), Import)
TASK = statement(
    select(*(imports.c[name] for name in Task.__struct_fields__)).where(imports.c.id == param("id")), Task
)
INSERT = statement(insert(imports))
STATE = statement(
    update(imports)
    .where(imports.c.id == param("id"), imports.c.state == param("was"))
    .values(state=param("state"))
)
READ = statement(
    update(imports)
    .where(imports.c.id == param("id"))
    .values(
        rows=param("rows", Integer),
        products=param("products", Integer),
        refused=param("refused", Integer),
        faults=param("faults", Integer),
        state=param("state"),
    )
)
STEP = statement(
    update(imports)
    .where(imports.c.id == param("id"), imports.c.done == param("was"))
    .values(
        {
            name: imports.c[name] + param(name, Integer)
            for name in ("done", "created", "changed", "unchanged", "refused", "faults")
        }
    )
)
"""If nobody else has done this step."""
FINISH = statement(
    update(imports)
    .where(imports.c.id == param("id"))
    .values(state=param("state"), finished_at=NOW, kept=imports.c.kept + param("kept", Integer))
)
ADD_FAULT = statement(insert(faults))
FAULTS = listing(
    select(faults.c.row, faults.c.field, faults.c.code, faults.c.message, faults.c.product).where(
        faults.c.import_id == param("id")
    ),
    Fault,
    name="catalog.faults",
    key=faults.c.number,
    sorts={"row": faults.c.row},
    default=("row",),
)
TOUCH = statement(insert(touched))
TOUCHED = statement(
    select(touched.c.product_id, touched.c.number, touched.c.before, touched.c.version)
    .where(touched.c.import_id == param("id"), touched.c.number >= 0)
    .order_by(touched.c.number.desc())
    .limit(param("limit", Integer)),
    Touched,
)
UNTOUCH = statement(
    update(touched)
    .where(touched.c.import_id == param("id"), touched.c.product_id == param("product_id"))
    .values(number=-1)
)
"""What is undone is not undone again."""
KEPT = statement(
    update(imports).where(imports.c.id == param("id")).values(kept=imports.c.kept + param("kept", Integer))
)
TOUCHES = statement(
    select(func.count().label("count")).select_from(touched).where(touched.c.import_id == param("id")), int
)

_EXPORT = [exports.c[name] for name in Exported.__struct_fields__]
INSERT_EXPORT = statement(insert(exports))
GET_EXPORT = statement(
    select(*_EXPORT).where(exports.c.shop_id == param("shop_id"), exports.c.id == param("id")), Exported
)
EXPORT = statement(
    select(*(exports.c[name] for name in ExportRow.__struct_fields__)).where(exports.c.id == param("id")),
    ExportRow,
)
WRITE_EXPORT = statement(
    update(exports)
    .where(exports.c.id == param("id"))
    .values(products=param("products", Integer), content=param("content"), finished_at=NOW)
)
