import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { FlowStep, WhichJob } from '../../api/jobs';
import { FLOW_HEIGHT, FLOW_WIDTH, layFlow } from '../../lib/flow';
import { Dot } from '../../ui/signs';
import classes from './job.module.css';
import { jobTone, jobWords } from './words';

/** The flow that a job belongs to, from what came first to what waits for all. */
export function Flow({ jobs, which }: { jobs: readonly FlowStep[]; which: WhichJob }) {
  const whose = which.organization === null ? '' : `organization=${which.organization}&`;
  const { width, height, nodes, edges } = layFlow(
    jobs.map(({ job, after }) => ({ ...job, depends_on: after })),
  );
  const scroller = useRef<HTMLElement>(null);
  const place = nodes.find(({ node }) => node.id === which.id)?.x ?? 0;
  // On a narrow screen the job that one looks at may be beyond the edge.
  useEffect(() => {
    scroller.current?.scrollTo({ left: place });
  }, [place]);
  return (
    <nav ref={scroller} className={classes.flow} aria-label="Flow">
      <div style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map((path) => (
            <path key={path} d={path} />
          ))}
        </svg>
        {nodes.map(({ node, x, y }) => (
          <Link
            key={node.id}
            href={`/work/jobs?${whose}job=${node.id}`}
            aria-current={node.id === which.id ? 'true' : undefined}
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
