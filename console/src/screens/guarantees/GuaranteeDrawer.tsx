import { Drawer, Select, Skeleton } from '@mantine/core';
import { IconShieldQuestion } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import {
  type GuaranteeInfo,
  type GuaranteeList,
  type Proof,
  type RunningProof,
  useProof,
} from '../../api/guarantees';
import { Empty } from '../../ui/Empty';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import classes from './guarantees.module.css';
import { ProofView } from './ProofView';
import { RunButtons } from './RunButtons';
import { RunningView } from './RunningView';
import { conditions, ENGINE_NAMES, SAFETY } from './words';

interface GuaranteeDrawerProps {
  name: string | null;
  info: GuaranteeInfo | undefined;
  list: GuaranteeList | undefined;
  close: () => void;
}

export function GuaranteeDrawer({ name, info, list, close }: GuaranteeDrawerProps) {
  return (
    <Drawer opened={name !== null} onClose={close} size={860} title={<span className="mono">{name}</span>}>
      {info && list ? <Detail key={info.name} info={info} list={list} /> : null}
      {list && name && !info ? (
        <Empty
          icon={<IconShieldQuestion size={40} stroke={1.3} />}
          title={`Nothing is promised under “${name}”`}
        >
          The module that declared it may have been taken out, or the promise has a new name.
        </Empty>
      ) : null}
    </Drawer>
  );
}

function Detail({ info, list }: { info: GuaranteeInfo; list: GuaranteeList }) {
  const [running, setRunning] = useState<RunningProof | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const newest = info.proofs[0]?.id ?? null;
  const id = chosen ?? newest;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new run is what one wants to see next
  useEffect(() => setChosen(null), [newest]);

  return (
    <div className={classes.detail}>
      <p className={classes.sentence}>{info.promise}</p>
      <div className={classes.facts}>
        <Tag>{info.system}</Tag>
        <span>{conditions(info)}</span>
        <span>{SAFETY[info.safety]}</span>
      </div>
      <RunButtons info={info} list={list} running={running} started={setRunning} />
      {running ? <RunningView key={running.id} running={running} close={() => setRunning(null)} /> : null}
      {id ? (
        <section className={classes.runs}>
          <div className={classes.runsHead}>
            <h3>What happened</h3>
            {info.proofs.length > 1 ? (
              <Select
                aria-label="Which run"
                size="xs"
                w={330}
                maw="100%"
                allowDeselect={false}
                value={id}
                onChange={setChosen}
                data={info.proofs.map((proof) => ({ value: proof.id, label: runName(proof) }))}
              />
            ) : null}
          </div>
          <Chosen id={id} />
        </section>
      ) : (
        <Empty icon={<IconShieldQuestion size={40} stroke={1.3} />} title="Nobody has tried it here yet">
          A promise without a run is only words. Start one above, or from a shell: the verdict appears here
          either way.
        </Empty>
      )}
    </div>
  );
}

function runName(proof: Proof): string {
  const when = new Date(proof.started_at).toLocaleString('en-GB', { dateStyle: 'short', timeStyle: 'short' });
  const what = proof.sabotage
    ? `sabotage ${proof.sabotage.name.split('/')[1]}`
    : proof.outcome.replace('-', ' ');
  return `${ENGINE_NAMES[proof.engine] ?? proof.engine}, ${what}, ${when}`;
}

function Chosen({ id }: { id: string }) {
  const { data, error, refetch } = useProof(id);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={280} aria-busy="true" />;
  return <ProofView key={id} proof={data} />;
}
