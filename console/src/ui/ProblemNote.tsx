import { Button } from '@mantine/core';
import type { ApiError } from '../api/problem';
import { Copy } from './Copy';
import classes from './ui.module.css';

/** A failure in the server's own words, with the trace id that finds it in the Traffic screen. */
export function ProblemNote({ error, retry }: { error: ApiError; retry?: () => void }) {
  const { problem } = error;
  return (
    <div className={classes.problem} role="alert">
      <h2>{problem.title}</h2>
      {problem.detail && problem.detail !== problem.title ? <p>{problem.detail}</p> : null}
      {problem.errors?.length ? (
        <ul>
          {problem.errors.map((field) => (
            <li key={field.pointer + field.code}>
              <span className="mono">{field.pointer}</span> {field.message}
            </li>
          ))}
        </ul>
      ) : null}
      <div className={classes.problemFoot}>
        <span className="mono">
          {problem.status > 0 ? `${problem.status} ${problem.code}` : problem.code}
        </span>
        {problem.trace_id ? (
          <Copy text={problem.trace_id} label="trace id" shown={`trace ${problem.trace_id}`} />
        ) : null}
        {retry ? (
          <Button size="compact-xs" variant="default" onClick={retry}>
            Try again
          </Button>
        ) : null}
      </div>
    </div>
  );
}
