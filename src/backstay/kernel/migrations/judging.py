"""Judge the walls between organizations in a live PostgreSQL catalog: what is there, whoever made it.

Nothing is changed. Which tables belong to organizations is told by the modules; a unique key or a foreign key
that crosses organizations on purpose says so in its table's `info`, with the reason:
`{ACROSS: {"token_digest": "256 random bits"}}`. A key with a UUID in it cannot be guessed, and needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from backstay.kernel.database import ACROSS, app_role_of
from backstay.kernel.migrations.policies import POLICY, tables_of
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module

_HERE: Final = "c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:names)"
_TABLES: Final = f"""
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner) AS owner,
       CASE WHEN :role = '' THEN false ELSE has_table_privilege(:role, c.oid, 'TRUNCATE') END AS truncates
FROM pg_class c WHERE {_HERE} ORDER BY 1
"""  # noqa: S608 - our own constant, no input
_POLICIES: Final = """
SELECT tablename, policyname, permissive, coalesce(qual, '') AS qual,
       coalesce(with_check, qual, '') AS checked
FROM pg_policies WHERE schemaname = current_schema() AND tablename = ANY(:names) ORDER BY 1, 2
"""
_FOREIGN: Final = f"""
SELECT c.relname, p.relname AS parent, array_agg(a.attname::text ORDER BY u.at) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
     CROSS JOIN unnest(k.conkey) WITH ORDINALITY AS u(number, at)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
WHERE k.contype = 'f' AND p.relname = ANY(:names) AND {_HERE.replace("= ANY(:names)", "= ANY(:all)")}
GROUP BY k.oid, 1, 2 ORDER BY 1, 3
"""  # noqa: S608 - as above
_UNIQUE: Final = f"""
SELECT c.relname, array_agg(coalesce(a.attname::text, '(expression)') ORDER BY u.at) AS columns,
       bool_or(coalesce(a.atttypid = 'uuid'::regtype, false)) AS unguessable
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, at)
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number AND u.number > 0
WHERE i.indisunique AND {_HERE} GROUP BY i.indexrelid, 1 ORDER BY 1, 2
"""  # noqa: S608 - as above
_VIEWS: Final = f"""
SELECT DISTINCT v.relname, c.relname AS reads
FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid JOIN pg_depend d ON d.objid = r.oid
     JOIN pg_class c ON c.oid = d.refobjid
WHERE v.relkind IN ('v', 'm') AND {_HERE}
      AND NOT coalesce(v.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false)
ORDER BY 1, 2
"""  # noqa: S608 - as above
_ROLE: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :role"


async def judge(modules: Sequence[Module], url: str) -> list[str]:
    """Everything that would let one organization through to another in this database, as sentences.

    Row-level security, its policies and the role are judged when the URL names an `app_role`; keys and
    views always.

    Raises:
        MigrationError: the server cannot be reached.
    """
    role = app_role_of(url) or ""
    return await exclusively(url, lambda connection: list(_judge(connection, modules, role)), scratch=True)


def _judge(connection: Connection, modules: Sequence[Module], role: str) -> Iterator[str]:
    tables = {table.name: (table, column) for table, column in tables_of(modules)}
    every = [name for one in modules if one.tables is not None for name in one.tables.tables]
    given = {"names": list(tables), "all": every, "role": role}

    def rows(sql: str) -> Sequence[Any]:
        wanted = {name: value for name, value in given.items() if f":{name}" in sql}
        return connection.execute(text(sql), wanted).all()

    if role:
        yield from _policies(rows(_TABLES), rows(_POLICIES), role)
        if connection.execute(text(_ROLE), {"role": role}).scalar() is not False:
            yield f"the role {role} is missing, or goes around policies: it must be NOSUPERUSER NOBYPASSRLS"
    there = {
        name: table for one in modules if one.tables is not None for name, table in one.tables.tables.items()
    }
    for child, parent, columns in rows(_FOREIGN):
        key, own = ",".join(columns), tables.get(child)
        if (own is None or own[1] not in columns) and key not in there[child].info.get(ACROSS, {}):
            yield (
                f"{child}({key}): a plain foreign key takes rows of any organization's {parent}: add the "
                f"organization to it, and a unique key ({tables[parent][1]}, id) to {parent}"
            )
    for name, columns, unguessable in rows(_UNIQUE):
        key, (table, column) = ",".join(columns), tables[name]
        if column not in columns and not unguessable and key not in table.info.get(ACROSS, {}):
            yield f"{name}({key}): unique across organizations tells what others have: begin it with {column}"
    for view, name in rows(_VIEWS):
        yield f"{view}: a view that reads {name} with its owner's rights: say WITH (security_invoker = true)"


def _policies(tables: Sequence[Any], policies: Sequence[Any], role: str) -> Iterator[str]:
    for name, enabled, forced, owner, truncates in tables:
        if not enabled or not forced:
            missing = "is off" if not enabled else "is not forced, so its owner sees everything"
            yield f"{name}: row-level security {missing}"
        if owner == role:
            yield f"{name}: belongs to {role}, who could switch its policies off"
        if truncates:
            yield f"{name}: {role} may TRUNCATE, which no policy stops"
        if not any(one.tablename == name and one.policyname == POLICY for one in policies):
            yield f"{name}: has no policy {POLICY}"
    for one in policies:
        where = f"{one.tablename}: the policy {one.policyname}"
        if one.policyname != POLICY and one.permissive == "PERMISSIVE":
            yield f"{where} lets through what {POLICY} keeps: make it AS RESTRICTIVE"
        if any(
            "current_setting" in rule and "NULLIF" not in rule.upper() for rule in (one.qual, one.checked)
        ):
            yield f"{where} lacks nullif: after a SET LOCAL has ended the setting is '' and not NULL"
        if one.qual != one.checked:
            yield f"{where} lets rows be written that it does not let be read"
