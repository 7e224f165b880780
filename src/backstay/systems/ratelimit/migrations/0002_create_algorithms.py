"""Create what limits are kept in on PostgreSQL, and the algorithms; elsewhere neither is in the database.

The tables are not logged: they say what happened in the last minutes, and losing that with the server's
crash costs a quota, not data. The functions mirror `engines/algorithms`, and the tests hold them against it.
"""

import sqlalchemy as sa
from alembic import op

revision = "ratelimit_0002"
down_revision = "ratelimit_0001"

_TABLES = (
    """
CREATE UNLOGGED TABLE ratelimit_limits (
    key bytea PRIMARY KEY,
    state bigint[] NOT NULL,
    ends_at bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)
""",
    """
CREATE UNLOGGED TABLE ratelimit_places (
    key bytea NOT NULL,
    holder bytea NOT NULL,
    ends_at bigint NOT NULL,
    PRIMARY KEY (key, holder)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)
""",
)
_NOW = """
CREATE FUNCTION ratelimit_now() RETURNS bigint LANGUAGE sql VOLATILE
RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
"""
_GCRA = """
CREATE FUNCTION ratelimit_gcra(
    capacity bigint, emission bigint, cost bigint, state bigint[], now bigint,
    OUT admitted boolean, OUT remaining bigint, OUT reset bigint, OUT retry bigint,
    OUT taken bigint[], OUT mended bigint[]
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    tolerance bigint := capacity * emission;
    base bigint := coalesce(state[1], now);
    after bigint;
    over bigint;
BEGIN
    IF base > now + tolerance THEN
        base := now + tolerance;
        mended := ARRAY[base];
    END IF;
    base := greatest(base, now);
    admitted := false;
    remaining := 0;
    reset := base - now;
    IF cost > capacity THEN
        RETURN;
    END IF;
    after := base + cost * emission;
    over := after - now - tolerance;
    IF over > 0 THEN
        remaining := (now + tolerance - base) / emission;
        retry := over;
        RETURN;
    END IF;
    admitted := true;
    remaining := -over / emission;
    reset := after - now;
    taken := ARRAY[after];
END $$
"""
_LOG = """
CREATE FUNCTION ratelimit_log(
    quota bigint, span bigint, cost bigint, state bigint[], now bigint,
    OUT admitted boolean, OUT remaining bigint, OUT reset bigint, OUT retry bigint,
    OUT taken bigint[], OUT mended bigint[]
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    size integer := coalesce(array_length(state, 1), 0);
    live bigint[] := '{}';
    ends integer := 0;
    used bigint := 0;
    wanted bigint;
    moment bigint;
    last bigint;
BEGIN
    IF size > 0 AND state[size - 1] > now THEN
        mended := '{}';
    END IF;
    FOR i IN 1..size BY 2 LOOP
        moment := least(state[i], now);
        IF mended IS NOT NULL THEN
            IF moment = last THEN
                mended[array_length(mended, 1)] := mended[array_length(mended, 1)] + state[i + 1];
            ELSE
                mended := mended || moment || state[i + 1];
            END IF;
            last := moment;
        END IF;
        IF moment > now - span THEN
            live := live || moment || state[i + 1];
            ends := ends + 2;
            used := used + state[i + 1];
        END IF;
    END LOOP;
    admitted := false;
    remaining := 0;
    reset := CASE WHEN ends > 0 THEN live[ends - 1] + span - now ELSE 0 END;
    IF cost > quota THEN
        RETURN;
    END IF;
    IF used + cost > quota THEN
        remaining := greatest(0, quota - used);
        wanted := used + cost - quota;
        FOR i IN 1..ends BY 2 LOOP
            wanted := wanted - live[i + 1];
            IF wanted <= 0 THEN
                retry := live[i] + span - now;
                RETURN;
            END IF;
        END LOOP;
    END IF;
    admitted := true;
    remaining := quota - used - cost;
    IF cost = 0 THEN
        RETURN;
    END IF;
    reset := span;
    -- A clock that went back leaves several entries at one moment; they become one when they are kept.
    IF mended IS NOT NULL THEN
        live := mended;
        WHILE ends > 0 AND live[1] <= now - span LOOP
            live := live[3:];
        END LOOP;
        ends := coalesce(array_length(live, 1), 0);
    END IF;
    IF ends > 0 AND live[ends - 1] = now THEN
        live[ends] := live[ends] + cost;
        taken := live;
    ELSE
        taken := live || now || cost;
    END IF;
END $$
"""
_COUNTER = """
CREATE FUNCTION ratelimit_counter(
    quota bigint, span bigint, cost bigint, state bigint[], now bigint,
    OUT admitted boolean, OUT remaining bigint, OUT reset bigint, OUT retry bigint,
    OUT taken bigint[], OUT mended bigint[]
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    number bigint := now / span;
    length bigint := span / 1000;
    since bigint := now / span * span - now;
    before bigint := 0;
    counted bigint := 0;
    room bigint;
BEGIN
    IF state[1] > number THEN
        state[1] := number;
        mended := state;
    END IF;
    IF state[1] = number THEN
        before := state[2];
        counted := state[3];
    ELSIF state[1] = number - 1 THEN
        before := state[3];
    END IF;
    room := quota * length - before * (length - -since / 1000) - counted * length;
    reset := CASE WHEN counted > 0 THEN since + 2 * span WHEN before > 0 THEN since + span ELSE 0 END;
    admitted := false;
    remaining := 0;
    IF cost > quota THEN
        RETURN;
    END IF;
    IF cost * length > room THEN
        remaining := greatest(0, room / length);
        IF counted + cost <= quota THEN
            retry := since + (length - (quota - counted - cost) * length / before) * 1000;
        ELSE
            retry := since + span + greatest(0, length - (quota - cost) * length / counted) * 1000;
        END IF;
        RETURN;
    END IF;
    admitted := true;
    remaining := (room - cost * length) / length;
    IF cost > 0 THEN
        reset := since + 2 * span;
        taken := ARRAY[number, before, counted + cost];
    END IF;
END $$
"""
_FUNCTIONS = (
    "ratelimit_counter(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_log(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_gcra(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_now()",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for words in (*_TABLES, _NOW, _GCRA, _LOG, _COUNTER):
            op.execute(sa.text(words))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for function in _FUNCTIONS:
            op.execute(sa.text(f"DROP FUNCTION {function}"))
        op.drop_table("ratelimit_places")
        op.drop_table("ratelimit_limits")
