import { Button, Drawer, Select, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Policy, type PolicyChanges, useChangePolicy, useResetPolicy } from '../../api/limits';
import type { ApiError } from '../../api/problem';
import { useMay } from '../../api/session';
import { dateTime } from '../../lib/format';
import { quotaWords } from '../../lib/limits';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './control.module.css';
import limits from './limits.module.css';
import { State } from './Policies';
import { Replay } from './Replay';
import { PER } from './words';

export function PolicyDrawer({ policy, close }: { policy: Policy | null; close: () => void }) {
  const mayOperate = useMay('ratelimit:operate');
  return (
    <Drawer opened={policy !== null} onClose={close} size={600} title="Policy">
      {policy ? (
        <div className={parts.stack}>
          <div className={classes.line}>
            <State policy={policy} />
            <h2 className="mono">{policy.name}</h2>
          </div>
          <KeyValues
            values={{
              Allows: quotaWords(policy.quota, policy.window),
              'Counted for each': policy.per.map((part) => PER[part]).join(' and '),
              'Declared by': policy.source,
              Changed: policy.changed_at ? dateTime(new Date(policy.changed_at)) : null,
            }}
          />
          {/* A change that is seen here, whoever made it, is what one goes on from. */}
          {mayOperate ? <Form key={`${policy.name} ${policy.version}`} policy={policy} /> : null}
        </div>
      ) : null}
    </Drawer>
  );
}

const ALGORITHMS = [
  { value: 'gcra', label: 'Token bucket (GCRA): a burst, then flowing back evenly' },
  { value: 'log', label: 'Sliding log: exact in any window' },
  { value: 'counter', label: 'Sliding counter: nearly the log, in 24 bytes' },
];
const WHEN_DOWN = [
  { value: 'open', label: 'let them pass' },
  { value: 'closed', label: 'refuse them' },
  { value: 'local', label: 'count in each process' },
];

function Form({ policy }: { policy: Policy }) {
  const [quota, setQuota] = useState(String(policy.quota));
  const [window, setWindow] = useState(String(policy.window));
  const [burst, setBurst] = useState(policy.burst === null ? '' : String(policy.burst));
  const [algorithm, setAlgorithm] = useState(policy.algorithm);
  const [whenDown, setWhenDown] = useState(policy.when_down);
  const [shadow, setShadow] = useState(policy.shadow);
  const [enabled, setEnabled] = useState(policy.enabled);
  const change = useChangePolicy();
  const bursts = algorithm === 'gcra';

  const wanted: Required<PolicyChanges> = {
    quota: Number(quota),
    window: Number(window),
    burst: bursts && burst.trim() ? Number(burst) : null,
    algorithm,
    when_down: whenDown,
    shadow,
    enabled,
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      change,
      { policy, changes: changesOf(policy, wanted) },
      { told: `${policy.name} is changed on every process` },
    );
  }

  const number = (part: keyof PolicyChanges, value: string, set: (value: string) => void) => ({
    type: 'number',
    min: 1,
    step: 1,
    withAsterisk: false,
    value,
    error: faultOf(change.error, part),
    onChange: (event: { currentTarget: { value: string } }) => set(event.currentTarget.value),
  });

  return (
    <form className={parts.stack} onSubmit={submit}>
      <div className={limits.pair}>
        <TextInput
          label="Quota"
          description="Units that a caller may take"
          required
          {...number('quota', quota, setQuota)}
        />
        <TextInput label="Window" description="Seconds" required {...number('window', window, setWindow)} />
      </div>
      <Select
        label="Algorithm"
        data={ALGORITHMS}
        allowDeselect={false}
        value={algorithm}
        error={faultOf(change.error, 'algorithm')}
        onChange={(value) => setAlgorithm((value ?? algorithm) as Policy['algorithm'])}
      />
      {bursts ? (
        <TextInput
          label="Burst"
          description="What may be taken at once; empty for the quota"
          {...number('burst', burst, setBurst)}
        />
      ) : null}
      <Select
        label="While the store does not answer"
        data={WHEN_DOWN}
        allowDeselect={false}
        value={whenDown}
        onChange={(value) => setWhenDown((value ?? whenDown) as Policy['when_down'])}
      />
      <Switch
        label="Shadow"
        description="Count and tell what it would refuse, and refuse nobody"
        checked={shadow}
        onChange={(event) => setShadow(event.currentTarget.checked)}
      />
      <Switch
        label="On"
        description="Off, it neither counts nor refuses"
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
      {change.error && !PARTS.some((part) => faultOf(change.error, part)) ? (
        <ProblemNote error={change.error} />
      ) : null}
      <div className={parts.actions}>
        <Button type="submit" loading={change.isPending}>
          Change it
        </Button>
        {policy.changed ? <Reset policy={policy} /> : null}
      </div>
      <Replay policy={policy} wanted={wanted} />
    </form>
  );
}

const PARTS = ['quota', 'window', 'algorithm', 'burst', 'when_down', 'shadow', 'enabled'] as const;

function faultOf(error: ApiError | null, part: keyof PolicyChanges): string | null {
  const faults = error?.problem.errors?.filter(({ pointer }) => pointer === `/${part}`) ?? [];
  return faults.map(({ message }) => message).join('; ') || null;
}

/** Only what differs is sent: what somebody else changes meanwhile in the rest stays. */
function changesOf(policy: Policy, wanted: Required<PolicyChanges>): PolicyChanges {
  return Object.fromEntries(
    PARTS.filter((part) => wanted[part] !== policy[part]).map((part) => [part, wanted[part]]),
  );
}

function Reset({ policy }: { policy: Policy }) {
  const [asking, setAsking] = useState(false);
  const reset = useResetPolicy();
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Back to what is declared
      </Button>
      <Confirm
        opened={asking}
        title={`Back to what is declared for ${policy.name}`}
        words="Take the changes back"
        pending={reset.isPending}
        error={reset.error}
        close={() => setAsking(false)}
        act={() =>
          act(reset, policy, { told: `${policy.name} is as it was declared`, after: () => setAsking(false) })
        }
      >
        <p>The policy is again what the code and the settings say, on every process within a second.</p>
      </Confirm>
    </>
  );
}
