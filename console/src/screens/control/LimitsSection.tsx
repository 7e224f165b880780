import { Skeleton } from '@mantine/core';
import { type Load, type Minute, useLimitMinutes, useLoad, usePolicies } from '../../api/limits';
import { count, duration, plural } from '../../lib/format';
import { minutesOf, sum } from '../../lib/limits';
import { useNow } from '../../ui/Ago';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import tiles from '../../ui/parts.module.css';
import { Tile } from '../../ui/Tile';
import { useAddress } from '../../ui/useAddress';
import { Meters } from './Meters';
import { Policies } from './Policies';
import { PolicyDrawer } from './PolicyDrawer';

/** What limits do: how much was let through and refused, by which policy, and who comes near. */
export function LimitsSection() {
  const [search, change] = useAddress();
  const policies = usePolicies();
  const minutes = useLimitMinutes();
  const load = useLoad();
  const now = useNow();
  const error = policies.error ?? minutes.error;
  if (error && !(policies.data && minutes.data)) {
    return (
      <ProblemNote error={error} retry={() => void Promise.all([policies.refetch(), minutes.refetch()])} />
    );
  }
  if (!policies.data || !minutes.data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  const opened = policies.data.find(({ name }) => name === search.get('policy')) ?? null;
  return (
    <div className={parts.stack}>
      <Tiles minutes={minutes.data} load={load.data} now={now} />
      <Policies
        policies={policies.data}
        minutes={minutes.data}
        now={now}
        opened={opened}
        open={(policy) => change({ policy })}
      />
      <Meters />
      <PolicyDrawer policy={opened} close={() => change({ policy: null })} />
    </div>
  );
}

function Tiles({ minutes, load, now }: { minutes: readonly Minute[]; load: Load | undefined; now: Date }) {
  const admitted = minutesOf(minutes, 'admitted', now);
  const refused = minutesOf(minutes, 'refused', now);
  const shadowed = sum(minutesOf(minutes, 'shadowed', now));
  const estimated = sum(minutesOf(minutes, 'estimated', now));
  const asked = (value: number) => plural(value, 'request');
  const late = load && load.lag !== null && load.late > load.lag / 2;
  return (
    <div className={tiles.tiles}>
      <Tile
        label="Let through"
        value={count(sum(admitted))}
        note="decisions in the last hour"
        series={admitted}
        words={asked}
      />
      <Tile
        label="Refused"
        value={count(sum(refused))}
        tone={sum(refused) ? 'warn' : 'good'}
        note={shadowed ? `and ${count(shadowed)} that shadows would have` : 'in the last hour'}
        series={refused}
        words={asked}
      />
      {load ? (
        <>
          <Tile
            label="In flight"
            value={count(load.running)}
            note={
              load.in_flight === null ? 'here, of any number' : `here, of at most ${count(load.in_flight)}`
            }
          />
          <Tile
            label="Event loop"
            value={duration(load.late * 1e6)}
            tone={late ? 'warn' : 'good'}
            note={
              load.lag === null ? 'late, in the last second' : `late; requests are shed from ${load.lag} s on`
            }
          />
          <Tile
            label="Counted in"
            value={STORES[load.store] ?? load.store}
            tone={estimated ? 'warn' : 'accent'}
            note={
              estimated
                ? `${count(estimated)} decided while it was away`
                : load.shared
                  ? 'by all processes together'
                  : 'by this process alone'
            }
          />
        </>
      ) : null}
    </div>
  );
}

const STORES: Record<string, string> = {
  memory: 'Memory',
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
};
