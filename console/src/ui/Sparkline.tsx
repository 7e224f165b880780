import classes from './parts.module.css';
import type { Tone } from './tone';

const HEIGHT = 34;
const STEP = 4;

interface SparklineProps {
  /** One figure a minute, oldest first. */
  values: readonly number[];
  label: string;
  tone: Tone;
  words: (value: number) => string;
}

/** A bar for every minute; a minute in which nothing happened keeps its place. */
export function Sparkline({ values, label, tone, words }: SparklineProps) {
  const most = Math.max(...values, 0);
  const width = values.length * STEP;
  return (
    <svg
      className={classes.sparkline}
      data-tone={tone}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label} over the last ${values.length} minutes, at most ${words(most)}`}
    >
      <line x1={0} x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {values.map((value, index) => {
        const height = most > 0 && value > 0 ? Math.max(2, (value / most) * (HEIGHT - 2)) : 0;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in the hour is what a bar is
          <g key={index} className={classes.minute}>
            <title>{`${minuteWords(values.length - 1 - index)}: ${words(value)}`}</title>
            <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} />
            <rect x={index * STEP} y={HEIGHT - height} width={STEP - 1} height={height} />
          </g>
        );
      })}
    </svg>
  );
}

function minuteWords(ago: number): string {
  if (ago === 0) return 'this minute';
  return ago === 1 ? 'a minute ago' : `${ago} minutes ago`;
}
