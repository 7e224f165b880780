import { SegmentedControl, Skeleton, TextInput } from '@mantine/core';
import { IconSearch, IconShieldOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation, useRoute } from 'wouter';
import { type GuaranteeInfo, useGuarantees } from '../../api/guarantees';
import { type Standing, standing, worst } from '../../lib/standing';
import { Command } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { GuaranteeDrawer } from './GuaranteeDrawer';
import { GuaranteeTable } from './GuaranteeTable';
import classes from './guarantees.module.css';
import { ENGINE_NAMES } from './words';

const SHOWN: Record<string, (standing: Standing) => boolean> = {
  all: () => true,
  attention: (standing) => standing === 'violated' || standing === 'inconclusive',
  unproven: (standing) => standing === 'unproven',
};

export default function GuaranteesScreen() {
  const { data, error, refetch } = useGuarantees();
  const [, params] = useRoute('/guarantees/:name');
  const [, go] = useLocation();
  const [words, setWords] = useState('');
  const [which, setWhich] = useState('all');

  const items = data?.items ?? [];
  const wanted = items.filter(
    (info) =>
      SHOWN[which]?.(worst(info)) &&
      `${info.promise} ${info.name} ${info.system}`.toLowerCase().includes(words.toLowerCase()),
  );
  const opened = items.find((info) => info.name === params?.name);

  return (
    <Page
      title="Guarantees"
      lead="Promises with a check behind each, tried against real processes while they are killed, paused and cut off."
    >
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data && items.length === 0 ? <NothingPromised /> : null}
      {data && items.length > 0 ? (
        <>
          <Tally items={items} engine={data.engine} />
          <div className={classes.tools}>
            <TextInput
              aria-label="Search the promises"
              placeholder="Search the promises"
              leftSection={<IconSearch size={15} />}
              size="sm"
              value={words}
              onChange={(event) => setWords(event.currentTarget.value)}
            />
            <SegmentedControl
              size="xs"
              aria-label="Which promises"
              value={which}
              onChange={setWhich}
              data={[
                { value: 'all', label: 'All' },
                { value: 'attention', label: 'Need attention' },
                { value: 'unproven', label: 'Unproven' },
              ]}
            />
          </div>
          <Panel>
            {wanted.length ? (
              <GuaranteeTable items={wanted} open={(name) => go(`/guarantees/${name}`)} />
            ) : (
              <Empty icon={<IconSearch size={36} stroke={1.3} />} title="No promise matches">
                Change the words above, or look at all of them.
              </Empty>
            )}
          </Panel>
        </>
      ) : null}
      <GuaranteeDrawer
        name={params?.name ?? null}
        info={opened}
        list={data}
        close={() => go('/guarantees')}
      />
    </Page>
  );
}

const TILES: [Standing[], string, string][] = [
  [['held'], 'held', 'good'],
  [['violated', 'inconclusive'], 'need attention', 'bad'],
  [['weaker'], 'weaker', 'warn'],
  [['unproven'], 'not yet run', 'rest'],
];

/** How the promises stand on the engine that this server itself uses. */
function Tally({ items, engine }: { items: readonly GuaranteeInfo[]; engine: string }) {
  const standings = items.map((info) => standing(info, engine));
  return (
    <div className={classes.tally}>
      {TILES.map(([kinds, words, tone]) => {
        const number = standings.filter((standing) => kinds.includes(standing)).length;
        return (
          <Panel key={words} data-tone={number > 0 ? tone : 'rest'}>
            <b>{number}</b>
            <span>
              {words} on {ENGINE_NAMES[engine] ?? engine}
            </span>
          </Panel>
        );
      })}
    </div>
  );
}

function NothingPromised() {
  return (
    <Panel>
      <Empty
        icon={<IconShieldOff size={40} stroke={1.3} />}
        title="No module of this server declares a guarantee"
        actions={<Command text="backstay add module shipping" />}
      >
        A guarantee is a sentence your users care about, with a check that would notice if it were untrue. A
        new module comes with a stub of one.
      </Empty>
    </Panel>
  );
}
