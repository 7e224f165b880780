/** Where the jobs of a flow stand in its drawing: each to the right of all that it waits for. */

export interface FlowNode {
  id: string;
  depends_on: readonly string[];
}

export interface PlacedFlow<N extends FlowNode> {
  width: number;
  height: number;
  nodes: { node: N; x: number; y: number }[];
  /** Paths of SVG. */
  edges: string[];
}

export const FLOW_WIDTH = 190;
export const FLOW_HEIGHT = 50;
const GAP_X = 46;
const GAP_Y = 14;

export function layFlow<N extends FlowNode>(jobs: readonly N[]): PlacedFlow<N> {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const columns = new Map<string, number>();
  const columnOf = (job: N): number => {
    const known = columns.get(job.id);
    if (known !== undefined) return known;
    // Taken for the first column while it is looked at, so that a ring, which the server refuses, ends.
    columns.set(job.id, 0);
    const parents = job.depends_on.flatMap((id) => byId.get(id) ?? []);
    const column = Math.max(-1, ...parents.map(columnOf)) + 1;
    columns.set(job.id, column);
    return column;
  };
  const filled: number[] = [];
  const nodes = jobs.map((node) => {
    const column = columnOf(node);
    const row = filled[column] ?? 0;
    filled[column] = row + 1;
    return { node, x: column * (FLOW_WIDTH + GAP_X), y: row * (FLOW_HEIGHT + GAP_Y) };
  });
  const places = new Map(nodes.map((placed) => [placed.node.id, placed]));
  const edges = nodes.flatMap(({ node, x, y }) =>
    node.depends_on.flatMap((id) => {
      const parent = places.get(id);
      if (!parent) return [];
      const [x1, y1, y2] = [parent.x + FLOW_WIDTH, parent.y + FLOW_HEIGHT / 2, y + FLOW_HEIGHT / 2];
      const bend = (x - x1) / 2;
      return [`M${x1} ${y1}C${x1 + bend} ${y1} ${x - bend} ${y2} ${x} ${y2}`];
    }),
  );
  const width = Math.max(0, ...nodes.map(({ x }) => x + FLOW_WIDTH));
  return { width, height: Math.max(0, ...nodes.map(({ y }) => y + FLOW_HEIGHT)), nodes, edges };
}
