import type { GuaranteeInfo } from '../../api/guarantees';
import { plural } from '../../lib/format';
import { lastRun, sabotageScore } from '../../lib/standing';
import { Ago } from '../../ui/Ago';
import { Tag } from '../../ui/signs';
import { outcomeTone, outcomeWords } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import classes from './guarantees.module.css';
import { conditions, ENGINE_NAMES } from './words';

export function GuaranteeTable({
  items,
  open,
}: {
  items: readonly GuaranteeInfo[];
  open: (name: string) => void;
}) {
  return (
    <table className={`${uiClasses.table} ${classes.table}`}>
      <thead>
        <tr>
          <th>Promise</th>
          <th>Verdict</th>
          <th>Tried under</th>
          <th>Sabotage</th>
          <th data-align="right">Last run</th>
        </tr>
      </thead>
      <tbody>
        {items.map((info) => (
          <Row key={info.name} info={info} open={() => open(info.name)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ info, open }: { info: GuaranteeInfo; open: () => void }) {
  const score = sabotageScore(info);
  const latest = info.proofs
    .filter((proof) => !proof.sabotage)
    .toSorted((a, b) => b.started_at.localeCompare(a.started_at))[0];
  return (
    <tr>
      <td className={classes.promise}>
        <button type="button" onClick={open}>
          {info.promise}
        </button>
        <small className="mono">
          {info.system} / {info.name}
        </small>
      </td>
      <td data-label="Verdict">
        <span className={classes.engines}>
          {info.engines.map((engine) => {
            const run = lastRun(info, engine);
            return (
              <span key={engine}>
                <small>{ENGINE_NAMES[engine] ?? engine}</small>
                {run ? (
                  <Tag tone={outcomeTone(run.outcome)}>{outcomeWords(run.outcome)}</Tag>
                ) : (
                  <Tag>Unproven</Tag>
                )}
              </span>
            );
          })}
        </span>
      </td>
      <td data-label="Tried under" className={classes.conditions}>
        {conditions(info)}
      </td>
      <td data-label="Sabotage" className="nowrap">
        {score.tried ? (
          <Tag tone={score.caught === score.tried ? 'good' : 'bad'}>
            {score.caught} of {score.tried} caught
          </Tag>
        ) : (
          <span className="dim">
            {info.sabotages.length ? `${plural(info.sabotages.length, 'bug')} to plant` : 'none declared'}
          </span>
        )}
      </td>
      <td data-label="Last run" data-align="right" className="dim">
        {latest ? <Ago time={latest.started_at} /> : 'never'}
      </td>
    </tr>
  );
}
