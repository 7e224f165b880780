/** How the causes of one request become a waterfall: rows in order of their beginning, nested by time. */

export interface Timed {
  kind: string;
  name: string;
  started_us: number;
  duration_us: number;
  detail?: unknown;
}

export interface WaterfallRow<M extends Timed = Timed> {
  cause: M;
  depth: number;
  /** Share of the whole, 0 to 1. */
  left: number;
  width: number;
}

export interface Waterfall<M extends Timed = Timed> {
  total: number;
  rows: WaterfallRow<M>[];
  /** Microseconds of every kind, of causes that lie in no other of the same kind. */
  spent: Map<string, number>;
}

/** `total`: the request's own duration in microseconds; causes that outlast it stretch the drawing. */
export function layWaterfall<M extends Timed>(causes: readonly M[], total: number): Waterfall<M> {
  const end = Math.max(1, total, ...causes.map(endOf));
  const ordered = causes.toSorted((a, b) => a.started_us - b.started_us || b.duration_us - a.duration_us);
  const around: M[] = [];
  const spent = new Map<string, number>();
  const rows = ordered.map((cause) => {
    while (around.length > 0 && !contains(around.at(-1) as M, cause)) around.pop();
    const depth = around.length;
    if (around.every((outer) => outer.kind !== cause.kind)) {
      spent.set(cause.kind, (spent.get(cause.kind) ?? 0) + cause.duration_us);
    }
    around.push(cause);
    return { cause, depth, left: cause.started_us / end, width: cause.duration_us / end };
  });
  return { total: end, rows, spent };
}

function endOf(cause: Timed): number {
  return cause.started_us + cause.duration_us;
}

/** Only what takes time has room for something inside. */
function contains(outer: Timed, inner: Timed): boolean {
  return outer.duration_us > 0 && inner.started_us >= outer.started_us && endOf(inner) <= endOf(outer);
}
