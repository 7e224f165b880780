import { SegmentedControl, Skeleton } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import {
  type Asked,
  type RevenuePoint,
  type RevenueSeries,
  type Step,
  useRevenue,
} from '../../../api/insights';
import { count, plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import { monthName, shortDay, ticksOf, wholeDay } from '../../../lib/periods';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import charts from './charts.module.css';
import classes from './dashboard.module.css';
import { compactMoney } from './words';

type Metric = 'net' | 'orders' | 'units';

const METRICS = [
  { value: 'net', label: 'Revenue' },
  { value: 'orders', label: 'Orders' },
  { value: 'units', label: 'Units' },
];
const WIDTH = 1000;
const HEIGHT = 240;

/** Bars for the period, and a line for the days before it. */
export function RevenueChart({ asked, step }: { asked: Asked; step: Step }) {
  const { data, error, refetch } = useRevenue(asked, step);
  const [metric, setMetric] = useState<Metric>('net');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={330} radius={10} mb={16} aria-busy="true" />;
  return (
    <Panel className={classes.chartPanel}>
      <Drawing key={`${data.period.since} ${data.period.until} ${data.step}`} series={data} metric={metric}>
        <SegmentedControl
          aria-label="What is drawn"
          size="xs"
          data={METRICS}
          value={metric}
          onChange={(next) => setMetric(next as Metric)}
        />
      </Drawing>
    </Panel>
  );
}

interface DrawingProps {
  series: RevenueSeries;
  metric: Metric;
  children: React.ReactNode;
}

function Drawing({ series, metric, children }: DrawingProps) {
  const [at, setAt] = useState<number | null>(null);
  const { points, previous, currency, step } = series;
  const values = points.map((point) => point[metric]);
  // The days before may begin within a week or a month, and so have one point more.
  const before = points.map((_, index) => previous[index]?.[metric] ?? null);
  const every = [...values, ...before.filter((value) => value !== null)];
  const ticks = ticksOf(Math.min(0, ...every), Math.max(0, ...every));
  const something = every.some((value) => value !== 0);
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT;
  const wide = WIDTH / points.length;
  const middle = (index: number) => (index + 0.5) * wide;
  const shown = at === null ? null : points[at];
  const words = (value: number) => (metric === 'net' ? money(value, currency) : count(value));

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * points.length);
    setAt(Math.min(points.length - 1, Math.max(0, place)));
  };
  const press = (event: KeyboardEvent) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    setAt((place) =>
      Math.min(points.length - 1, Math.max(0, (place ?? (move > 0 ? -1 : points.length)) + move)),
    );
  };
  const line = before
    .map((value, index) => (value === null ? '' : `${middle(index)},${y(value)}`))
    .filter(Boolean)
    .join(' ');
  return (
    <>
      <header className={classes.chartHead}>
        <div aria-live="polite">
          {shown && at !== null ? (
            <Readout point={shown} earlier={previous[at]} step={step} currency={currency} />
          ) : (
            <>
              <h2>By {step}</h2>
              <p className={charts.legend}>
                <i data-kind="now" /> these days <i data-kind="before" /> the days before
              </p>
            </>
          )}
        </div>
        {children}
      </header>
      <div className={charts.chart}>
        <div className={charts.scale} aria-hidden="true">
          {ticks
            .filter((tick) => tick === 0 || something)
            .map((tick) => (
              <span key={tick} style={{ bottom: `${((tick - low) / (high - low)) * 100}%` }}>
                {metric === 'net' ? compactMoney(tick, currency) : count(tick)}
              </span>
            ))}
        </div>
        <div
          className={charts.plot}
          role="slider"
          tabIndex={0}
          aria-label={`${METRICS.find(({ value }) => value === metric)?.label} by ${step}`}
          aria-valuemin={1}
          aria-valuemax={points.length}
          aria-valuenow={(at ?? points.length - 1) + 1}
          aria-valuetext={shown ? `${stepName(shown.since, step)}: ${words(shown[metric])}` : 'none chosen'}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setAt(null)}
          onKeyDown={press}
          onBlur={() => setAt(null)}
        >
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {ticks.map((tick) => (
              <line key={tick} className={charts.grid} x1={0} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
            ))}
            {values.map((value, index) => (
              <rect
                key={points[index]?.since}
                className={charts.bars}
                data-chosen={index === at}
                x={index * wide + wide * 0.14}
                width={wide * 0.72}
                y={Math.min(y(value), y(0))}
                height={Math.max(Math.abs(y(value) - y(0)), value === 0 ? 0 : 1)}
              />
            ))}
            <polyline className={charts.before} points={line} />
          </svg>
        </div>
        <div className={charts.axis} aria-hidden="true">
          {marksOf(points.length).map((index) => (
            <span key={index} style={{ left: `${((index + 0.5) / points.length) * 100}%` }}>
              {step === 'month'
                ? monthName(points[index]?.since.slice(0, 7) ?? '')
                : shortDay(points[index]?.since ?? '')}
            </span>
          ))}
        </div>
      </div>
    </>
  );
}

interface ReadoutProps {
  point: RevenuePoint;
  earlier: RevenuePoint | undefined;
  step: Step;
  currency: string;
}

function Readout({ point, earlier, step, currency }: ReadoutProps) {
  return (
    <>
      <h2>
        {stepName(point.since, step)}: {money(point.net, currency)}
      </h2>
      <p className={charts.legend}>
        {plural(point.orders, 'order')}, {plural(point.units, 'unit')}
        {point.refunds > 0 ? `, ${money(point.refunds, currency)} given back` : ''}
        {earlier ? `; before: ${money(earlier.net, currency)}` : ''}
      </p>
    </>
  );
}

function stepName(since: string, step: Step): string {
  if (step === 'month') return monthName(since.slice(0, 7));
  return step === 'week' ? `Week of ${wholeDay(since)}` : wholeDay(since);
}

/** At most six places that are named, evenly spread. */
function marksOf(length: number): number[] {
  const many = Math.min(length, 6);
  return Array.from({ length: many }, (_, index) => Math.floor(((index + 0.5) * length) / many));
}
