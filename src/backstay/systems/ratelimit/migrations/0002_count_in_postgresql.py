"""Create what counts limits in PostgreSQL; elsewhere they are counted outside the database.

The tables are not logged: they say what happened in the last minutes, and losing that with the server's
crash costs a quota, not data. Nobody reads or writes them but the functions, which is why these run with
their owner's rights. They mirror `engines/algorithms`, and the tests hold them against it.
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
_STEP = """
CREATE FUNCTION ratelimit_step(
    numbers bigint[], place integer, cost bigint, state bigint[], now bigint,
    OUT admitted boolean, OUT remaining bigint, OUT reset bigint, OUT retry bigint,
    OUT taken bigint[], OUT mended bigint[]
) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE numbers[place]
        WHEN 1 THEN
            SELECT * INTO admitted, remaining, reset, retry, taken, mended
            FROM ratelimit_gcra(numbers[place + 3], numbers[place + 4], cost, state, now);
        WHEN 2 THEN
            SELECT * INTO admitted, remaining, reset, retry, taken, mended
            FROM ratelimit_log(numbers[place + 1], numbers[place + 2], cost, state, now);
        WHEN 3 THEN
            SELECT * INTO admitted, remaining, reset, retry, taken, mended
            FROM ratelimit_counter(numbers[place + 1], numbers[place + 2], cost, state, now);
    END CASE;
END $$
"""
_TAKE = """
CREATE FUNCTION ratelimit_take(keys bytea[], locks bigint[], numbers bigint[], keep boolean)
RETURNS TABLE (admitted boolean, remaining bigint, reset bigint, retry bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    size CONSTANT integer := array_length(keys, 1);
    one bigint;
    now bigint;
    place integer;
    veto boolean := false;
    found bigint[];
    step record;
    states text[] := '{}';
    takens text[] := '{}';
    mendeds text[] := '{}';
    admitteds boolean[] := '{}';
    remainings bigint[] := '{}';
    resets bigint[] := '{}';
    retries bigint[] := '{}';
    kept bigint[];
BEGIN
    IF keep THEN
        FOREACH one IN ARRAY locks LOOP
            PERFORM pg_advisory_xact_lock(one);
        END LOOP;
    END IF;
    -- Read after the locks: whoever comes later sees a later moment.
    now := ratelimit_now();
    FOR i IN 1..size LOOP
        place := (i - 1) * 7 + 1;
        found := NULL;
        SELECT l.state INTO found FROM ratelimit_limits AS l WHERE l.key = keys[i];
        step := ratelimit_step(numbers, place, numbers[place + 5], found, now);
        veto := veto OR NOT (step.admitted OR numbers[place + 6] = 1);
        states := array_append(states, found::text);
        takens := array_append(takens, step.taken::text);
        mendeds := array_append(mendeds, step.mended::text);
        admitteds := array_append(admitteds, step.admitted);
        remainings := array_append(remainings, step.remaining);
        resets := array_append(resets, step.reset);
        retries := array_append(retries, step.retry);
    END LOOP;
    FOR i IN 1..size LOOP
        place := (i - 1) * 7 + 1;
        admitted := admitteds[i];
        remaining := remainings[i];
        reset := resets[i];
        retry := retries[i];
        IF NOT veto AND admitted AND numbers[place + 5] > 0 THEN
            kept := takens[i]::bigint[];
        ELSE
            kept := mendeds[i]::bigint[];
            IF admitted AND numbers[place + 5] > 0 THEN
                step := ratelimit_step(numbers, place, 0, states[i]::bigint[], now);
                remaining := step.remaining;
                reset := step.reset;
            END IF;
        END IF;
        IF keep AND kept IS NOT NULL THEN
            INSERT INTO ratelimit_limits AS l (key, state, ends_at)
            VALUES (keys[i], kept, CASE numbers[place]
                WHEN 1 THEN kept[1]
                WHEN 2 THEN kept[array_length(kept, 1) - 1] + numbers[place + 2]
                ELSE (kept[1] + 2) * numbers[place + 2]
            END)
            ON CONFLICT (key) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$
"""
_OTHERS = (
    """
CREATE FUNCTION ratelimit_forget(keys bytea[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM ratelimit_limits AS l WHERE l.key = ANY (keys);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$
""",
    """
CREATE FUNCTION ratelimit_enter(
    wanted bytea, wanted_lock bigint, who bytea, places bigint, micros bigint
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    now bigint;
    others bigint;
    mine boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(wanted_lock);
    now := ratelimit_now();
    SELECT count(*) FILTER (WHERE p.holder <> who AND p.ends_at > now),
        coalesce(bool_or(p.holder = who), false)
    INTO others, mine
    FROM ratelimit_places AS p WHERE p.key = wanted;
    IF others >= places AND NOT mine THEN
        RETURN NULL;
    END IF;
    DELETE FROM ratelimit_places AS p WHERE p.key = wanted AND p.holder <> who AND p.ends_at <= now;
    INSERT INTO ratelimit_places (key, holder, ends_at) VALUES (wanted, who, now + micros)
    ON CONFLICT (key, holder) DO UPDATE SET ends_at = excluded.ends_at;
    RETURN others + 1;
END $$
""",
    """
CREATE FUNCTION ratelimit_leave(wanted bytea, who bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM ratelimit_places AS p WHERE p.key = wanted AND p.holder = who;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$
""",
    """
CREATE FUNCTION ratelimit_prune(most bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    now CONSTANT bigint := ratelimit_now();
    removed bigint;
BEGIN
    DELETE FROM ratelimit_places AS p WHERE p.ends_at <= now;
    DELETE FROM ratelimit_limits AS l
    WHERE l.ends_at <= now
        AND l.key IN (SELECT o.key FROM ratelimit_limits AS o WHERE o.ends_at <= now LIMIT most);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$
""",
)
_FUNCTIONS = (
    "ratelimit_prune(bigint)",
    "ratelimit_leave(bytea, bytea)",
    "ratelimit_enter(bytea, bigint, bytea, bigint, bigint)",
    "ratelimit_forget(bytea[])",
    "ratelimit_take(bytea[], bigint[], bigint[], boolean)",
    "ratelimit_step(bigint[], integer, bigint, bigint[], bigint)",
    "ratelimit_counter(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_log(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_gcra(bigint, bigint, bigint, bigint[], bigint)",
    "ratelimit_now()",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for words in (*_TABLES, _NOW, _GCRA, _LOG, _COUNTER, _STEP, _TAKE, *_OTHERS):
            op.execute(sa.DDL(words.replace("%", "%%")))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for function in _FUNCTIONS:
            op.execute(sa.DDL(f"DROP FUNCTION {function}"))
        op.drop_table("ratelimit_places")
        op.drop_table("ratelimit_limits")
