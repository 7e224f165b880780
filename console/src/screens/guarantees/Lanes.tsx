import { Group, SegmentedControl, Tooltip } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import type { ProofOperation } from '../../api/guarantees';
import { milliseconds } from '../../lib/format';
import { aroundBreach, type DrawnLane, drawLanes, type Recording, wholeOf } from '../../lib/lanes';
import classes from './lanes.module.css';

const ROW = 26;
const HEAD = 24;
const GUTTER = 92;
const GLYPHS: Record<string, string> = {
  start: '▸',
  ready: '●',
  kill: '✕',
  exit: '◦',
  pause: '‖',
  resume: '▶',
  terminate: '▼',
  cut: '⌁',
  heal: '⌒',
};

/** One lane a process: operations as bars, faults as marks, what breaks the promise in red. */
export function Lanes({ recording }: { recording: Recording }) {
  const { ref, width } = useElementSize();
  const breach = aroundBreach(recording);
  const [view, setView] = useState(breach ? 'breach' : 'whole');
  const window = view === 'breach' && breach ? breach : wholeOf(recording);
  const room = Math.max(160, width - GUTTER - 6);
  const drawing = drawLanes(recording, window, room);
  const height = HEAD + drawing.lanes.length * ROW + 4;
  return (
    <figure className={classes.figure}>
      <Group justify="space-between" mb={8} gap="xs">
        <Legend />
        {breach ? (
          <SegmentedControl
            size="xs"
            aria-label="Stretch of time"
            value={view}
            onChange={setView}
            data={[
              { value: 'breach', label: 'Around the breach' },
              { value: 'whole', label: 'Whole run' },
            ]}
          />
        ) : null}
      </Group>
      <div className={classes.canvas}>
        <div ref={ref} />
        <svg
          width="100%"
          height={height}
          role="img"
          aria-label={`${recording.operations.length} operations in ${drawing.lanes.length} lanes`}
        >
          <g transform={`translate(${GUTTER} 0)`}>
            {drawing.ticks.map(({ x, label }) => (
              <g key={label} transform={`translate(${x} 0)`}>
                <line y1={HEAD - 6} y2={height} className={classes.grid} />
                <text y={12} className={classes.tick} textAnchor={anchor(x, room)}>
                  {label}
                </text>
              </g>
            ))}
            {drawing.trials.map(({ x, label }) => (
              <g key={label} transform={`translate(${x} 0)`}>
                <line y1={HEAD - 6} y2={height} className={classes.trial}>
                  <title>{label}</title>
                </line>
              </g>
            ))}
          </g>
          {drawing.lanes.map((lane, index) => (
            <g key={lane.name} transform={`translate(0 ${HEAD + index * ROW})`}>
              <text x={0} y={ROW / 2 + 4} className={classes.lane} data-kind={lane.kind}>
                {lane.name}
              </text>
              <g transform={`translate(${GUTTER} 0)`}>
                <OneLane lane={lane} />
              </g>
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** Labels at the edges stay inside the drawing. */
function anchor(x: number, room: number): 'start' | 'middle' | 'end' {
  if (x < 12) return 'start';
  return x > room - 16 ? 'end' : 'middle';
}

function OneLane({ lane }: { lane: DrawnLane }) {
  return (
    <>
      <line y1={ROW / 2} y2={ROW / 2} x2="100%" className={classes.line} />
      {lane.shades.map((shade) => (
        <rect
          key={shade.x}
          x={shade.x}
          y={4}
          width={shade.width}
          height={ROW - 8}
          rx={3}
          className={classes.shade}
          data-kind={shade.kind}
        />
      ))}
      {lane.bars.map((bar) => (
        <rect
          key={bar.id}
          x={bar.x}
          y={8}
          width={bar.width}
          height={ROW - 16}
          rx={2}
          className={classes.bar}
          data-look={bar.look}
        >
          <title>{describe(bar.operation)}</title>
        </rect>
      ))}
      {lane.glyphs.map(({ x, mark }) => (
        <Tooltip
          key={`${mark.kind}${mark.at}`}
          label={`${mark.kind}${mark.detail ? `: ${mark.detail}` : ''} at ${milliseconds(mark.at)}`}
        >
          <text x={x} y={ROW / 2 + 4.5} textAnchor="middle" className={classes.glyph} data-kind={mark.kind}>
            {GLYPHS[mark.kind] ?? '◆'}
          </text>
        </Tooltip>
      ))}
    </>
  );
}

function describe(operation: ProofOperation): string {
  const about =
    operation.about === null || operation.about === undefined ? '' : ` ${JSON.stringify(operation.about)}`;
  const took = operation.took == null ? 'never answered' : milliseconds(operation.took);
  const status = operation.status == null ? operation.ended : operation.status;
  return `#${operation.id} ${operation.name}${about}\n${status}, ${took}, to ${operation.server}${operation.error ? `\n${operation.error}` : ''}`;
}

function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      <li data-look="ok">acknowledged</li>
      <li data-look="info">outcome unknown</li>
      <li data-look="fail">refused</li>
      <li data-look="offending">breaks the promise</li>
    </ul>
  );
}
