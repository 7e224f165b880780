import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconFlag, IconMinus, IconPlus, IconRotate2 } from '@tabler/icons-react';
import { type Counter, type Race, useMove, useRace, useReset } from '../../api/counters';
import { count } from '../../lib/format';
import { Panel } from '../../ui/Panel';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import classes from './counter.module.css';

const RUNNERS = 50;

export function CounterCard({ counter }: { counter: Counter }) {
  const moving = useMove();
  const reset = useReset();
  const race = useRace();
  const move = (by: number) => moving.mutate({ name: counter.name, by }, { onError: tellProblem });
  return (
    <Panel className={classes.card}>
      <div className={classes.head}>
        <h2 className="truncate">{counter.name}</h2>
        <Tooltip label="Back to nought, if nobody moved it since you looked (If-Match)">
          <ActionIcon
            aria-label={`Reset ${counter.name}`}
            onClick={() => reset.mutate(counter, { onError: tellProblem })}
            loading={reset.isPending}
          >
            <IconRotate2 size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={classes.face}>
        <ActionIcon
          size={44}
          radius="xl"
          variant="default"
          aria-label={`One less for ${counter.name}`}
          onClick={() => move(-1)}
        >
          <IconMinus size={20} />
        </ActionIcon>
        <output key={counter.version} className={classes.value} aria-label={`Value of ${counter.name}`}>
          {count(counter.value)}
        </output>
        <ActionIcon
          size={44}
          radius="xl"
          variant="default"
          aria-label={`One more for ${counter.name}`}
          onClick={() => move(1)}
        >
          <IconPlus size={20} />
        </ActionIcon>
      </div>
      <div className={classes.foot}>
        <small>version {count(counter.version)}</small>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconFlag size={14} />}
          loading={race.isPending}
          onClick={() => race.mutate({ name: counter.name, times: RUNNERS }, { onError: tellProblem })}
        >
          Race {RUNNERS}
        </Button>
      </div>
      {race.data ? <Result race={race.data} /> : null}
    </Panel>
  );
}

function Result({ race }: { race: Race }) {
  const moved = race.after - race.before;
  const exact = moved === race.acknowledged;
  return (
    <p className={classes.result}>
      <Tag tone={exact ? 'good' : 'warn'}>{exact ? 'exact' : 'others moved it too'}</Tag> {race.acknowledged}{' '}
      of {race.sent} at once were acknowledged and it moved by {count(moved)}, in{' '}
      {Math.round(race.milliseconds)} ms.
    </p>
  );
}
