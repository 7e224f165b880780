import { Button, SegmentedControl, Tooltip } from '@mantine/core';
import { IconBug, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import {
  type GuaranteeInfo,
  type GuaranteeList,
  type RunningProof,
  useStartProof,
} from '../../api/guarantees';
import { plural } from '../../lib/format';
import { Command } from '../../ui/Copy';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './guarantees.module.css';
import { ENGINE_NAMES } from './words';

interface RunButtonsProps {
  info: GuaranteeInfo;
  list: GuaranteeList;
  running: RunningProof | null;
  started: (running: RunningProof) => void;
}

/** Run it, or plant its bugs and see that it notices; where that is not allowed, the command to type. */
export function RunButtons({ info, list, running, started }: RunButtonsProps) {
  const [engine, setEngine] = useState(
    info.engines.includes(list.engine) ? list.engine : (info.engines[0] ?? 'sqlite'),
  );
  const start = useStartProof();
  if (!list.can_prove) return <Command text={`backstay prove --guarantee ${info.name}`} />;

  function run(sabotage: boolean) {
    start.mutate(
      { guarantee: info.name, engine: engine as 'sqlite' | 'postgres', sabotage, seed: null },
      { onSuccess: started },
    );
  }

  return (
    <>
      <div className={classes.buttons}>
        <SegmentedControl
          size="xs"
          aria-label="Engine"
          value={engine}
          onChange={setEngine}
          data={info.engines.map((name) => ({ value: name, label: ENGINE_NAMES[name] ?? name }))}
        />
        <Button
          leftSection={<IconPlayerPlay size={16} />}
          loading={start.isPending && !start.variables?.sabotage}
          disabled={running !== null}
          onClick={() => run(false)}
        >
          Run
        </Button>
        <Tooltip
          label={`Plants ${plural(info.sabotages.length, 'bug')} in servers of the lab, one after the other; the check must notice each.`}
        >
          <Button
            variant="default"
            leftSection={<IconBug size={16} />}
            loading={start.isPending && start.variables?.sabotage}
            disabled={running !== null || info.sabotages.length === 0}
            onClick={() => run(true)}
          >
            Sabotage
          </Button>
        </Tooltip>
      </div>
      {start.error ? <ProblemNote error={start.error} /> : null}
    </>
  );
}
