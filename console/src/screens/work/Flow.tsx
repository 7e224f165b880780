import { Link } from 'wouter';
import type { FlowStep } from '../../api/jobs';
import { FLOW_HEIGHT, FLOW_WIDTH, layFlow } from '../../lib/flow';
import { Dot } from '../../ui/signs';
import { jobTone, jobWords } from './words';
import classes from './work.module.css';

/** The flow that a job belongs to, from what came first to what waits for all. */
export function Flow({ jobs, here }: { jobs: readonly FlowStep[]; here: string }) {
  const { width, height, nodes, edges } = layFlow(
    jobs.map(({ job, after }) => ({ ...job, depends_on: after })),
  );
  return (
    <nav className={classes.flow} aria-label="Flow">
      <div style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map((path) => (
            <path key={path} d={path} />
          ))}
        </svg>
        {nodes.map(({ node, x, y }) => (
          <Link
            key={node.id}
            href={`/work/jobs?job=${node.id}`}
            aria-current={node.id === here ? 'true' : undefined}
            style={{ left: x, top: y, width: FLOW_WIDTH, height: FLOW_HEIGHT }}
          >
            <b className="mono truncate">{node.kind}</b>
            <small>
              <Dot tone={jobTone(node.state)} /> {jobWords(node.state)}
            </small>
          </Link>
        ))}
      </div>
    </nav>
  );
}
