/** Where modules and parts stand in the drawing of the house: what carries others stands lower. */

export interface TopologyNode {
  id: string;
  kind: 'module' | 'part';
  /** Ids of the nodes that this one stands on. */
  on: readonly string[];
}

export interface PlacedNode {
  id: string;
  x: number;
  y: number;
}

export interface PlacedEdge {
  from: string;
  to: string;
  path: string;
}

export interface Topology {
  width: number;
  height: number;
  nodes: PlacedNode[];
  edges: PlacedEdge[];
}

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 62;
const LINE_WIDTH = 12;
const GAP_X = 30;
const GAP_Y = 82;
const MARGIN = 24;
const PER_ROW = 6;

/** How many storeys stand below each node; a ring, which the house refuses, would count once. */
export function storeys(nodes: readonly TopologyNode[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<string, number>();
  const visiting = new Set<string>();
  const visit = (id: string): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const node = byId.get(id);
    if (!node || visiting.has(id)) return -1;
    visiting.add(id);
    const below = Math.max(-1, ...node.on.map(visit));
    visiting.delete(id);
    const storey = node.kind === 'part' ? 0 : Math.max(1, below + 1);
    found.set(id, storey);
    return storey;
  };
  for (const node of nodes) visit(node.id);
  return found;
}

/** A place in a row: a node, or the room that a line needs to pass between nodes. */
interface Slot {
  id: string;
  width: number;
  /** Ids of the slots in the row below that it is joined to. */
  below: string[];
}

/** Places every node in the row of its storey and over what it stands on; long lines get room of their own. */
export function layTopology(nodes: readonly TopologyNode[]): Topology {
  const rowOf = rowsOf(nodes);
  const rows: Slot[][] = Array.from({ length: Math.max(0, ...rowOf.values()) + 1 }, () => []);
  const chains: { from: string; to: string; slots: string[] }[] = [];
  for (const node of nodes) {
    const row = rowOf.get(node.id) ?? 0;
    const slot: Slot = { id: node.id, width: NODE_WIDTH, below: [] };
    rows[row]?.push(slot);
    for (const target of node.on) {
      const end = rowOf.get(target);
      if (end === undefined || end >= row) continue;
      const chain = { from: node.id, to: target, slots: [node.id] };
      let above = slot;
      for (let between = row - 1; between > end; between -= 1) {
        const passing: Slot = { id: `${node.id}>${target}@${between}`, width: LINE_WIDTH, below: [] };
        above.below.push(passing.id);
        rows[between]?.push(passing);
        chain.slots.push(passing.id);
        above = passing;
      }
      above.below.push(target);
      chain.slots.push(target);
      chains.push(chain);
    }
  }
  const rowWidth = (row: readonly Slot[]) => row.reduce((sum, slot) => sum + slot.width + GAP_X, -GAP_X);
  const width = Math.max(NODE_WIDTH, ...rows.map(rowWidth)) + 2 * MARGIN;
  const height = rows.length * NODE_HEIGHT + (rows.length - 1) * GAP_Y + 2 * MARGIN;
  const centres = new Map<string, { x: number; top: number; bottom: number }>();
  const placed: PlacedNode[] = [];
  rows.forEach((row, index) => {
    const y = height - MARGIN - NODE_HEIGHT - index * (NODE_HEIGHT + GAP_Y);
    const wish = (slot: Slot) => {
      const below = slot.below.flatMap((id) => centres.get(id)?.x ?? []);
      return below.length ? below.reduce((sum, x) => sum + x, 0) / below.length : width / 2;
    };
    let x = (width - rowWidth(row)) / 2;
    for (const slot of row.toSorted((a, b) => wish(a) - wish(b) || a.id.localeCompare(b.id))) {
      centres.set(slot.id, { x: x + slot.width / 2, top: y, bottom: y + NODE_HEIGHT });
      if (slot.width === NODE_WIDTH) placed.push({ id: slot.id, x, y });
      x += slot.width + GAP_X;
    }
  });
  const edges = chains.map(({ from, to, slots }) => ({
    from,
    to,
    path: line(slots.flatMap((id) => centres.get(id) ?? [])),
  }));
  return { width, height, nodes: placed, edges };
}

/** The row of each node, from the ground up; a storey with many nodes takes several rows. */
function rowsOf(nodes: readonly TopologyNode[]): Map<string, number> {
  const storey = storeys(nodes);
  const rowOf = new Map<string, number>();
  let row = 0;
  for (let level = 0; level <= Math.max(0, ...storey.values()); level += 1) {
    const onLevel = nodes.filter((node) => storey.get(node.id) === level);
    onLevel.forEach((node, place) => {
      rowOf.set(node.id, row + Math.floor(place / PER_ROW));
    });
    row += Math.ceil(onLevel.length / PER_ROW);
  }
  return rowOf;
}

/** From the foot of the first point to the top of the last, straight down past those between. */
function line(points: readonly { x: number; top: number; bottom: number }[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      if (!before) return `M${point.x} ${point.bottom}`;
      const bend = (point.top - before.bottom) / 2;
      const curve = `C${before.x} ${before.bottom + bend} ${point.x} ${point.top - bend} ${point.x} ${point.top}`;
      return index === points.length - 1 ? curve : `${curve}V${point.bottom}`;
    })
    .join('');
}
