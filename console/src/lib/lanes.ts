import type { ProofLane, ProofMark, ProofOperation } from '../api/generated';

/** How a recorded history becomes a drawing: one lane a process, time from left to right. */

export type Look = 'ok' | 'fail' | 'info' | 'offending';

export interface Bar {
  id: number;
  x: number;
  width: number;
  look: Look;
  operation: ProofOperation;
}

export interface Glyph {
  x: number;
  mark: ProofMark;
}

/** A stretch in which a process could not work. */
export interface Shade {
  x: number;
  width: number;
  kind: 'down' | 'paused' | 'cut';
}

export interface DrawnLane {
  name: string;
  kind: string;
  bars: Bar[];
  glyphs: Glyph[];
  shades: Shade[];
}

export interface Tick {
  x: number;
  label: string;
}

export interface LaneDrawing {
  lanes: DrawnLane[];
  ticks: Tick[];
  /** Where each trial after the first begins. */
  trials: Tick[];
}

export interface Window {
  from: number;
  to: number;
}

const ORDER = ['server', 'proxy', 'lab', 'client'];
const SMALLEST_BAR = 2;
const BEGINS: Record<string, Shade['kind']> = {
  kill: 'down',
  exit: 'down',
  terminate: 'down',
  pause: 'paused',
  cut: 'cut',
  'black-hole': 'cut',
};
const ENDS = new Set(['start', 'ready', 'resume', 'heal', 'restart']);

/** What was recorded; times are milliseconds since the run began. */
export interface Recording {
  lanes: readonly ProofLane[];
  operations: readonly ProofOperation[];
}

/** From the first thing that happened to the last. */
export function wholeOf(recording: Recording): Window {
  const ends = recording.operations.map(endOf);
  const marks = recording.lanes.flatMap((lane) => lane.marks.map((mark) => mark.at));
  return { from: 0, to: Math.max(1, ...ends, ...marks) };
}

/**
 * The stretch around the operations that break the promise, from the fault that struck last before them,
 * with room on both sides; null if nothing offends.
 */
export function aroundBreach(recording: Recording): Window | null {
  const shown = recording.operations.filter((operation) => operation.evidence);
  if (shown.length === 0) return null;
  const first = Math.min(...shown.map((operation) => operation.at));
  const struck = recording.lanes
    .flatMap((lane) => lane.marks)
    .filter((mark) => BEGINS[mark.kind] !== undefined && mark.at <= first)
    .map((mark) => mark.at);
  const from = struck.length ? Math.max(...struck) : first;
  const to = Math.max(...shown.map(endOf));
  const margin = Math.max((to - from) * 0.4, 2);
  return { from: Math.max(0, from - margin), to: Math.min(wholeOf(recording).to, to + margin) };
}

export function drawLanes(recording: Recording, window: Window, width: number): LaneDrawing {
  const span = Math.max(1, window.to - window.from);
  const scale = (at: number) => ((at - window.from) / span) * width;
  const clip = (x: number) => Math.min(width, Math.max(0, x));
  const bars = new Map<string, Bar[]>();
  for (const operation of recording.operations) {
    const end = operation.took == null ? window.to : endOf(operation);
    if (end < window.from || operation.at > window.to) continue;
    const x = clip(scale(operation.at));
    const bar: Bar = {
      id: operation.id,
      x,
      width: Math.max(SMALLEST_BAR, clip(scale(end)) - x),
      look: operation.evidence ? 'offending' : operation.ended,
      operation,
    };
    bars.set(operation.lane, [...(bars.get(operation.lane) ?? []), bar]);
  }
  const lanes = [...recording.lanes]
    .sort((a, b) => rank(a) - rank(b))
    .map((lane) => {
      const marks = lane.marks;
      const glyphs = marks
        .filter((mark) => mark.at >= window.from && mark.at <= window.to)
        .map((mark) => ({ x: scale(mark.at), mark }));
      // What offends is drawn last, on top.
      const laneBars = (bars.get(lane.name) ?? []).sort((a, b) => weight(a) - weight(b));
      return {
        name: lane.name,
        kind: lane.kind,
        bars: laneBars,
        glyphs,
        shades: shadesOf(marks, window, scale, clip),
      };
    });
  // A client that did nothing in this stretch would only be an empty line.
  const shown = lanes.filter(
    (lane) => lane.kind !== 'client' || lane.bars.length > 0 || lane.glyphs.length > 0,
  );
  return { lanes: shown, ticks: ticksOf(window, width), trials: trialsOf(recording, window, scale) };
}

function endOf(operation: ProofOperation): number {
  return operation.at + (operation.took ?? 0);
}

function rank(lane: ProofLane): number {
  const place = ORDER.indexOf(lane.kind);
  return place < 0 ? ORDER.length : place;
}

function weight(bar: Bar): number {
  return bar.look === 'offending' ? 1 : 0;
}

function shadesOf(
  marks: readonly ProofMark[],
  window: Window,
  scale: (at: number) => number,
  clip: (x: number) => number,
): Shade[] {
  const shades: Shade[] = [];
  let since: { at: number; kind: Shade['kind'] } | null = null;
  const close = (at: number) => {
    if (!since) return;
    const x = clip(scale(since.at));
    const width = clip(scale(at)) - x;
    if (width > 0) shades.push({ x, width, kind: since.kind });
    since = null;
  };
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    const begins = BEGINS[mark.kind];
    if (begins) {
      // A kill is followed by the exit that it caused: still the same stretch.
      if (since === null) since = { at: mark.at, kind: begins };
    } else if (ENDS.has(mark.kind) && mark.kind !== 'start') {
      close(mark.at);
    }
  }
  close(window.to);
  return shades;
}

function trialsOf(recording: Recording, window: Window, scale: (at: number) => number): Tick[] {
  const first = new Map<number, number>();
  const note = (trial: number, at: number) => first.set(trial, Math.min(first.get(trial) ?? at, at));
  for (const operation of recording.operations) note(operation.trial ?? 1, operation.at);
  for (const mark of recording.lanes.flatMap((lane) => lane.marks)) note(mark.trial ?? 1, mark.at);
  return [...first]
    .filter(([trial, at]) => trial > 1 && at > window.from && at < window.to)
    .sort(([a], [b]) => a - b)
    .map(([trial, at]) => ({ x: scale(at), label: `trial ${trial}` }));
}

/** About one round number every 110 pixels. */
export function ticksOf(window: Window, width: number): Tick[] {
  const span = window.to - window.from;
  const wanted = Math.max(2, Math.floor(width / 110));
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(window.from / step) * step; at <= window.to; at += step) {
    ticks.push({ x: ((at - window.from) / span) * width, label: timeLabel(at, step) });
  }
  return ticks;
}

function timeLabel(milliseconds: number, step: number): string {
  if (step >= 1_000) return `${Math.round(milliseconds / 1_000)} s`;
  if (step >= 100) return `${(milliseconds / 1_000).toFixed(1)} s`;
  if (step >= 1) return `${Math.round(milliseconds)} ms`;
  if (step >= 0.1) return `${milliseconds.toFixed(1)} ms`;
  return `${Math.round(milliseconds * 1_000)} µs`;
}
