import { SegmentedControl, Skeleton } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconLayoutGrid, IconTopologyStar3 } from '@tabler/icons-react';
import { useLocation, useRoute } from 'wouter';
import { type House, type System, useHouse, usePulse } from '../../api/systems';
import { Page } from '../../ui/Page';
import { ProblemNote } from '../../ui/ProblemNote';
import { Live } from '../../ui/signs';
import { HouseStrip } from './HouseStrip';
import { SystemCard } from './SystemCard';
import { SystemDrawer } from './SystemDrawer';
import classes from './systems.module.css';
import { TopologyDrawing } from './TopologyDrawing';

const RINGS: [System['ring'], string][] = [
  ['yours', 'Your modules'],
  ['products', 'Products'],
  ['systems', 'Systems'],
];

export default function SystemsScreen() {
  const { data, error, refetch } = useHouse();
  const connection = usePulse();
  const [view, setView] = useLocalStorage<string>({ key: 'backstay-systems-view', defaultValue: 'cards' });
  const [, params] = useRoute('/systems/:name');
  const [, go] = useLocation();

  return (
    <Page
      title="Systems"
      lead="Every module of this server: how it is doing, what it stands on, and how its promises stand."
      actions={
        <>
          <Live connection={connection} />
          <SegmentedControl
            size="xs"
            aria-label="View"
            value={view}
            onChange={setView}
            data={[
              { value: 'cards', label: <Choice icon={<IconLayoutGrid size={15} />} words="Cards" /> },
              {
                value: 'topology',
                label: <Choice icon={<IconTopologyStar3 size={15} />} words="Topology" />,
              },
            ]}
          />
        </>
      }
    >
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting /> : null}
      {data ? (
        <>
          <HouseStrip house={data} />
          {view === 'topology' ? (
            <TopologyDrawing house={data} open={(name) => go(`/systems/${name}`)} />
          ) : (
            <Cards house={data} />
          )}
        </>
      ) : null}
      <SystemDrawer
        name={params?.name ?? null}
        system={data?.systems.find((system) => system.name === params?.name)}
        close={() => go('/systems')}
      />
    </Page>
  );
}

function Choice({ icon, words }: { icon: React.ReactNode; words: string }) {
  return (
    <span className={classes.choice}>
      {icon}
      {words}
    </span>
  );
}

function Cards({ house }: { house: House }) {
  return RINGS.map(([ring, title]) => {
    const systems = house.systems.filter((system) => system.ring === ring);
    if (systems.length === 0) return null;
    return (
      <section key={ring} className={classes.group}>
        <h2>{title}</h2>
        <div className={classes.grid}>
          {systems.map((system) => (
            <SystemCard key={system.name} system={system} parts={house.parts} />
          ))}
        </div>
      </section>
    );
  });
}

function Waiting() {
  return (
    <div aria-busy="true">
      <Skeleton height={64} mb={30} radius={10} />
      <div className={classes.grid}>
        {[1, 2, 3, 4, 5, 6].map((place) => (
          <Skeleton key={place} height={196} radius={10} />
        ))}
      </div>
    </div>
  );
}
