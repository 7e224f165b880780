import type { Minute, Policy } from '../../api/limits';
import { count, plural } from '../../lib/format';
import { minutesOf, quotaWords, sum } from '../../lib/limits';
import parts from '../../ui/blocks.module.css';
import { Panel } from '../../ui/Panel';
import { Sparkline } from '../../ui/Sparkline';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import classes from './control.module.css';
import limits from './limits.module.css';
import { ALGORITHMS, PER } from './words';

interface PoliciesProps {
  policies: readonly Policy[];
  minutes: readonly Minute[];
  now: Date;
  opened: Policy | null;
  open: (name: string) => void;
}

/** Every policy as it is in force, with what it did in the last hour. */
export function Policies({ policies, minutes, now, opened, open }: PoliciesProps) {
  return (
    <section className={classes.group} aria-label="Policies">
      <header>
        <h2>Policies</h2>
        <span className="dim">a change reaches every process within a second</span>
      </header>
      <Panel>
        <table className={`${uiClasses.table} ${parts.rows} ${limits.policies}`}>
          <thead>
            <tr>
              <th>Policy</th>
              <th>Allows</th>
              <th>State</th>
              <th>Last hour</th>
              <th data-align="right">Let through</th>
              <th data-align="right">Refused</th>
            </tr>
          </thead>
          <tbody>
            {policies.map((policy) => {
              const of = (figure: 'admitted' | 'refused' | 'shadowed') =>
                minutesOf(minutes, figure, now, policy.name);
              const refused = sum(of('refused'));
              const shadowed = sum(of('shadowed'));
              return (
                <tr key={policy.name} data-opened={policy.name === opened?.name}>
                  <td data-cell="main">
                    <button type="button" className={`${parts.open} mono`} onClick={() => open(policy.name)}>
                      {policy.name}
                    </button>
                    <small>{policy.source}</small>
                  </td>
                  <td data-cell="line">
                    {quotaWords(policy.quota, policy.window)}
                    <small>
                      for each {policy.per.map((part) => PER[part]).join(' and ')},{' '}
                      {ALGORITHMS[policy.algorithm]}
                    </small>
                  </td>
                  <td data-cell="state">
                    <State policy={policy} />
                  </td>
                  <td data-cell="line">
                    <Sparkline
                      values={of('admitted')}
                      label={`Requests under ${policy.name}`}
                      tone="accent"
                      words={(value) => plural(value, 'request')}
                    />
                  </td>
                  <td data-cell="second" data-name="let through" data-align="right">
                    {count(sum(of('admitted')))}
                  </td>
                  <td data-cell="second" data-name="refused" data-align="right" className={limits.refused}>
                    <span data-some={refused > 0}>{count(refused)}</span>
                    {shadowed ? <small>{count(shadowed)} in shadow</small> : null}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Panel>
    </section>
  );
}

export function State({ policy }: { policy: Policy }) {
  return (
    <span className={parts.scopes}>
      {policy.enabled ? null : <Tag>Off</Tag>}
      {policy.enabled && policy.shadow ? <Tag tone="warn">Shadow</Tag> : null}
      {policy.enabled && !policy.shadow ? <Tag tone="good">Enforced</Tag> : null}
      {policy.changed ? <Tag tone="accent">Changed</Tag> : null}
    </span>
  );
}
