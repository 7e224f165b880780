import { useElementSize } from '@mantine/hooks';
import type { Cause, RequestDetail } from '../../api/traffic';
import { isLasting } from '../../lib/caused';
import { duration } from '../../lib/format';
import { layWaterfall, type WaterfallRow } from '../../lib/waterfall';
import classes from './waterfall.module.css';

const ROW = 26;
const HEAD = 22;
const KINDS: Record<string, string> = {
  stage: 'stages',
  statement: 'statements',
  commit: 'commit',
  guard: 'guards',
  retry: 'retries',
  note: 'notes',
  event: 'events',
  job: 'jobs',
  mail: 'mails',
};

/** Everything that one request caused, over the time that it took. */
export function WaterfallDrawing({ request }: { request: RequestDetail }) {
  const { ref, width } = useElementSize();
  const { rows, total, spent } = layWaterfall(request.causes, request.duration_us);
  if (rows.length === 0) {
    return (
      <p className="dim">
        Nothing was noted down about this request: it was answered before any stage began.
      </p>
    );
  }
  const wide = width > 560;
  const gutter = wide ? 230 : 0;
  const room = Math.max(80, width - gutter - (wide ? 62 : 0));
  const row = wide ? ROW : ROW + 15;
  const height = HEAD + rows.length * row;
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.legend}>
        {[...spent].map(([kind, microseconds]) => (
          <span key={kind} data-kind={kind}>
            {KINDS[kind] ?? kind} {duration(microseconds)}
          </span>
        ))}
      </figcaption>
      <div className={classes.canvas}>
        <div ref={ref} />
        <svg
          width="100%"
          height={height}
          role="img"
          aria-label={`Waterfall of ${rows.length} causes in ${duration(total)}`}
        >
          <g transform={`translate(${gutter} 0)`}>
            {[0, 0.25, 0.5, 0.75, 1].map((share) => (
              <g key={share} transform={`translate(${share * room} 0)`}>
                <line y1={HEAD - 6} y2={height} className={classes.grid} />
                <text
                  y={11}
                  className={classes.tick}
                  textAnchor={share === 0 ? 'start' : share === 1 ? 'end' : 'middle'}
                >
                  {duration(share * total)}
                </text>
              </g>
            ))}
          </g>
          {rows.map((each, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a finished request never move
            <g key={index} transform={`translate(0 ${HEAD + index * row})`}>
              <OneRow row={each} gutter={gutter} room={room} wide={wide} />
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

interface OneRowProps {
  row: WaterfallRow<Cause>;
  gutter: number;
  room: number;
  wide: boolean;
}

function OneRow({ row, gutter, room, wide }: OneRowProps) {
  const { cause, depth, left, width } = row;
  const indent = depth * 14;
  const x = gutter + left * room;
  const bar = Math.max(2, width * room);
  const about = tellingOf(cause);
  const label = `${cause.name}${about ? `  ${about}` : ''}`;
  const letters = Math.floor(((wide ? gutter : room - 62) - indent - 14) / 6.6);
  const top = wide ? 0 : 15;
  return (
    <g className={classes.row}>
      <title>{`${cause.kind} ${label}\nfrom ${duration(cause.started_us)}, took ${duration(cause.duration_us)}`}</title>
      <rect x={-8} width="102%" height={wide ? ROW : ROW + 15} className={classes.hover} />
      <circle
        cx={indent + 4}
        cy={13}
        r={3.5}
        className={classes.bullet}
        data-kind={cause.kind}
        data-denied={isDenied(cause)}
      />
      <text x={indent + 14} y={17} className={classes.name}>
        {label.length > letters ? `${label.slice(0, Math.max(1, letters - 1))}…` : label}
      </text>
      <rect
        x={x}
        y={top + 8}
        width={bar}
        height={10}
        rx={2.5}
        className={classes.bar}
        data-kind={cause.kind}
        data-denied={isDenied(cause)}
      />
      <text x="100%" y={17} textAnchor="end" className={classes.took}>
        {duration(cause.duration_us)}
      </text>
    </g>
  );
}

/** The cause's detail in a word or two: rows, a decision, a reason. */
function tellingOf(cause: Cause): string {
  const { detail } = cause;
  if (detail === null || detail === undefined) return '';
  // Their detail is an id, which the list under the drawing links.
  if (isLasting(cause)) return '';
  if (typeof detail === 'string') return detail;
  if (typeof detail === 'number')
    return cause.kind === 'statement' ? `${detail} row${detail === 1 ? '' : 's'}` : String(detail);
  if (typeof detail === 'object' && 'rows' in detail)
    return `${detail.rows} row${detail.rows === 1 ? '' : 's'}`;
  if (typeof detail === 'object' && 'batch' in detail) return `${detail.batch} at once`;
  return JSON.stringify(detail);
}

function isDenied(cause: Cause): boolean {
  return cause.kind === 'guard' && tellingOf(cause).includes('denied');
}
