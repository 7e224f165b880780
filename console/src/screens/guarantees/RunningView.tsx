import { Button, Loader, Progress } from '@mantine/core';
import { useReducer } from 'react';
import { type RunningProof, useForgetGuarantees, useStopProof } from '../../api/guarantees';
import { useEventStream } from '../../api/stream';
import { count } from '../../lib/format';
import { advance, type ProofEvent, type Turn, WAITING } from '../../lib/running';
import { Panel } from '../../ui/Panel';
import { Tag } from '../../ui/signs';
import { outcomeTone, outcomeWords, type Tone } from '../../ui/tone';
import classes from './guarantees.module.css';
import { Lanes } from './Lanes';
import { ENGINE_NAMES } from './words';

/** A run while it runs: what was asked so far, and what was done to whom. */
export function RunningView({ running, close }: { running: RunningProof; close: () => void }) {
  const [run, tell] = useReducer(advance, WAITING);
  const forget = useForgetGuarantees();
  const stop = useStopProof();
  const ended = run.state === 'ended';
  useEventStream(ended ? null : `/v1/console/proofs/${running.id}/stream`, {
    proof: (data) => {
      const event = data as ProofEvent;
      tell(event);
      if (event.event === 'ended') forget();
    },
  });
  return (
    <Panel className={classes.running} aria-live="polite">
      <div className={classes.runningHead}>
        {ended ? null : <Loader size={16} />}
        <b>
          {ended ? 'Ended' : running.sabotage ? 'Planting bugs' : 'Running'} on{' '}
          {ENGINE_NAMES[running.engine] ?? running.engine}
        </b>
        {ended ? (
          <Button size="compact-xs" variant="default" onClick={close}>
            Close
          </Button>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            loading={stop.isPending}
            onClick={() => stop.mutate(running.id)}
          >
            Stop
          </Button>
        )}
      </div>
      {run.state === 'waiting' ? (
        <p className="dim">The lab is being built: a database and servers of its own.</p>
      ) : null}
      {run.turns.map((turn, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end
        <OneTurn key={place} turn={turn} last={place === run.turns.length - 1} />
      ))}
      {run.failure ? <pre className={classes.failure}>{run.failure}</pre> : null}
    </Panel>
  );
}

function OneTurn({ turn, last }: { turn: Turn; last: boolean }) {
  const [tone, words] = verdictOf(turn);
  return (
    <div className={classes.turn}>
      <div className={classes.turnHead}>
        {turn.sabotage ? <span className="mono">{turn.sabotage}</span> : null}
        {turn.outcome ? <Tag tone={tone}>{words}</Tag> : null}
        <span className="dim">
          trial {turn.trial} of {turn.trials}; {count(turn.ok)} acknowledged, {count(turn.fail)} refused,{' '}
          {count(turn.info)} unknown
        </span>
      </div>
      {turn.outcome ? (
        <p>{turn.sentence}</p>
      ) : (
        <Progress value={(turn.trial / turn.trials) * 100} size="xs" animated aria-label="Trials" />
      )}
      {last && !turn.outcome && turn.lanes.length ? (
        <Lanes recording={{ lanes: turn.lanes, operations: [] }} />
      ) : null}
    </div>
  );
}

function verdictOf(turn: Turn): [Tone, string] {
  if (turn.sabotage === null) {
    const outcome = turn.outcome as Parameters<typeof outcomeTone>[0];
    return turn.outcome ? [outcomeTone(outcome), outcomeWords(outcome)] : ['rest', ''];
  }
  if (turn.outcome === 'violated') return ['good', 'Bug caught'];
  return turn.outcome === 'not-applicable' ? ['rest', 'Not applicable'] : ['bad', 'Bug not caught'];
}
