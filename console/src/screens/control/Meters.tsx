import { Button } from '@mantine/core';
import { IconGauge } from '@tabler/icons-react';
import { type Meter, useForgetQuota, useMeters } from '../../api/limits';
import { useMay } from '../../api/session';
import { count } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import { useNames } from '../access/names';
import classes from './control.module.css';
import limits from './limits.module.css';

/** Who has used half of a quota or more, the nearest to its end first. */
export function Meters() {
  const { data, error, refetch } = useMeters();
  return (
    <section className={classes.group} aria-label="Who comes near">
      <header>
        <h2>Who comes near</h2>
        <span className="dim">half of a quota or more, in the last five minutes</span>
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {data ? (
        <Panel>
          {data.length ? (
            <table className={`${uiClasses.table} ${parts.rows} ${limits.meters}`}>
              <thead>
                <tr>
                  <th>Who</th>
                  <th>Policy</th>
                  <th>Used</th>
                  <th data-align="right">Refused</th>
                  <th data-align="right">Seen</th>
                  <th>
                    <span className="visually-hidden">Begin anew</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.map((meter) => (
                  <Row key={`${meter.policy} ${meter.subject}`} meter={meter} />
                ))}
              </tbody>
            </table>
          ) : (
            <Empty icon={<IconGauge size={40} stroke={1.3} />} title="Nobody comes near">
              Whoever uses half of a quota appears here within two seconds, and is gone five minutes later.
            </Empty>
          )}
        </Panel>
      ) : null}
    </section>
  );
}

function Row({ meter }: { meter: Meter }) {
  const { policy, subject, remaining, capacity, refused, seen_at } = meter;
  const forget = useForgetQuota();
  const mayOperate = useMay('ratelimit:operate');
  const nameOf = useNames();
  const person = /^user:([0-9a-f-]{36})$/.exec(subject)?.[1];
  const used = Math.max(0, capacity - remaining);
  return (
    <tr>
      <td data-cell="main">
        {person ? nameOf(person) : <span className="mono">{subject}</span>}
        {person ? <small className="mono">{subject}</small> : null}
      </td>
      <td data-cell="state" className="mono">
        {policy}
      </td>
      <td data-cell="line">
        <span className={limits.meter}>
          <meter
            aria-label={`What ${subject} has used of ${policy}`}
            min={0}
            max={capacity}
            low={capacity * 0.8}
            high={capacity - 0.5}
            optimum={0}
            value={used}
          />
          <span>
            {count(used)} <span className="dim">of {count(capacity)}</span>
          </span>
          {remaining <= 0 ? <Tag tone="bad">Used up</Tag> : null}
        </span>
      </td>
      <td data-cell="second" data-name="refused" data-align="right" className={limits.refused}>
        <span data-some={refused > 0}>{count(refused)}</span>
      </td>
      <td data-cell="second" data-name="seen" data-align="right" className="dim">
        <Ago time={seen_at} />
      </td>
      <td data-cell="line" data-align="right">
        {mayOperate ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Let ${subject} begin anew under ${policy}`}
            loading={forget.isPending}
            onClick={() =>
              act(forget, { policy, subject }, { told: `${subject} begins anew`, failed: tellProblem })
            }
          >
            Begin anew
          </Button>
        ) : null}
      </td>
    </tr>
  );
}
