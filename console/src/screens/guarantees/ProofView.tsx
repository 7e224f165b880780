import type { ProofDetail, ProofOperation } from '../../api/guarantees';
import { count, milliseconds, plural } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { Command, Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { Tag } from '../../ui/signs';
import { outcomeTone, outcomeWords, type Tone } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import classes from './guarantees.module.css';
import { Lanes } from './Lanes';

/** One finished run: the verdict in its full sentence, the lanes, and how to do it again. */
export function ProofView({ proof }: { proof: ProofDetail }) {
  const { history } = proof;
  const evidence = history.shown.filter((operation) => operation.evidence);
  const [tone, words] = headline(proof);
  const drawn = history.total > history.shown.length ? ` (${count(history.shown.length)} drawn)` : '';
  const recording = { lanes: proof.lanes, operations: history.shown };
  return (
    <div className={classes.proof}>
      <div className={classes.verdict} data-tone={tone}>
        <Tag tone={tone}>{words}</Tag>
        <p>{proof.sentence}</p>
        {proof.sabotage ? (
          <p className="dim">
            The planted bug: <q>{proof.sabotage.words}</q>.
          </p>
        ) : null}
      </div>
      {history.shown.length > 0 || proof.lanes.length > 0 ? <Lanes recording={recording} /> : null}
      {evidence.length ? <Evidence operations={evidence} /> : null}
      <KeyValues
        values={{
          Operations: `${count(history.total)}: ${count(history.ok)} acknowledged, ${count(history.fail)} refused, ${count(history.info)} unknown${drawn}`,
          Trials: plural(proof.trials, 'trial'),
          Engine: proof.engine_version,
          Commit: <span className="mono">{proof.commit}</span>,
          Seed: (
            <span className={classes.seed}>
              <span className="mono">{proof.seed}</span>
              <Copy text={String(proof.seed)} label="seed" />
            </span>
          ),
          Run: (
            <>
              <Ago time={proof.started_at} />, took {milliseconds(proof.duration * 1_000)}
            </>
          ),
          ...Object.fromEntries(Object.entries(proof.facts).map(([name, value]) => [name, telling(value)])),
        }}
      />
      <div>
        <h4>Do it again</h4>
        <Command text={proof.replay} />
      </div>
    </div>
  );
}

function headline(proof: ProofDetail): [Tone, string] {
  if (!proof.sabotage || proof.outcome === 'not-applicable')
    return [outcomeTone(proof.outcome), outcomeWords(proof.outcome)];
  return proof.sabotage.caught ? ['good', 'Bug caught'] : ['bad', 'Bug not caught'];
}

function telling(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The shortest history that shows the breach. */
function Evidence({ operations }: { operations: readonly ProofOperation[] }) {
  return (
    <div>
      <h4>The history that breaks it</h4>
      <div className={classes.evidence}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th data-align="right">#</th>
              <th>At</th>
              <th>Who</th>
              <th>Operation</th>
              <th>Answer</th>
            </tr>
          </thead>
          <tbody>
            {operations.map((operation) => (
              <tr key={operation.id}>
                <td data-align="right" className="mono">
                  {operation.id}
                </td>
                <td className="nowrap">{milliseconds(operation.at)}</td>
                <td className="nowrap">
                  {operation.lane} <span className="dim">→ {operation.server}</span>
                </td>
                <td>
                  <span className="mono">{operation.name}</span>
                  {operation.about == null ? null : <div className="dim">{telling(operation.about)}</div>}
                </td>
                <td>
                  {operation.status ?? operation.ended}
                  {operation.answer == null ? null : (
                    <div className={`mono ${classes.answer}`}>{telling(operation.answer)}</div>
                  )}
                  {operation.error ? <div className="dim">{operation.error}</div> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
