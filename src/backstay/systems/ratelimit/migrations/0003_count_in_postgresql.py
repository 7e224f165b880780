"""Create what the store calls on PostgreSQL.

Nobody else reads or writes the tables of the limits, which is why these run with their owner's rights.
"""

import sqlalchemy as sa
from alembic import op

revision = "ratelimit_0003"
down_revision = "ratelimit_0002"

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
_TAKE_ONE = """
CREATE FUNCTION ratelimit_take_one(
    wanted bytea, wanted_lock bigint, capacity bigint, emission bigint, cost bigint,
    OUT admitted boolean, OUT remaining bigint, OUT reset bigint, OUT retry bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    now bigint;
    arrival bigint;
    kept bigint;
    furthest bigint;
    after bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(wanted_lock);
    now := ratelimit_now();
    furthest := now + capacity * emission;
    SELECT l.ends_at INTO kept FROM ratelimit_limits AS l WHERE l.key = wanted;
    arrival := least(greatest(coalesce(kept, now), now), furthest);
    after := arrival + cost * emission;
    admitted := cost <= capacity AND after <= furthest;
    IF admitted THEN
        INSERT INTO ratelimit_limits AS l (key, state, ends_at) VALUES (wanted, ARRAY[after], after)
        ON CONFLICT (key) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at;
        remaining := (furthest - after) / emission;
        reset := after - now;
        RETURN;
    END IF;
    IF kept > furthest THEN
        UPDATE ratelimit_limits AS l SET state = ARRAY[furthest], ends_at = furthest WHERE l.key = wanted;
    END IF;
    remaining := CASE WHEN cost > capacity THEN 0 ELSE (furthest - arrival) / emission END;
    reset := arrival - now;
    retry := CASE WHEN cost > capacity THEN NULL ELSE after - furthest END;
END $$
"""
"""The one case of nearly every request: a token bucket alone, whose state is when it ends."""
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
    "ratelimit_take_one(bytea, bigint, bigint, bigint, bigint)",
    "ratelimit_take(bytea[], bigint[], bigint[], boolean)",
    "ratelimit_step(bigint[], integer, bigint, bigint[], bigint)",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for words in (_STEP, _TAKE, _TAKE_ONE, *_OTHERS):
            op.execute(sa.text(words))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for function in _FUNCTIONS:
            op.execute(sa.text(f"DROP FUNCTION {function}"))
