import { describe, expect, it } from 'vitest';
import { FLOW_HEIGHT, FLOW_WIDTH, layFlow } from './flow';

describe('a flow', () => {
  it('stands to the right of what it waits for', () => {
    const drawn = layFlow([
      { id: 'end', depends_on: ['left', 'right'] },
      { id: 'start', depends_on: [] },
      { id: 'left', depends_on: ['start'] },
      { id: 'right', depends_on: ['start'] },
    ]);
    const place = Object.fromEntries(drawn.nodes.map(({ node, x, y }) => [node.id, [x, y]]));
    expect(place).toEqual({ start: [0, 0], left: [236, 0], right: [236, 64], end: [472, 0] });
    expect(drawn.edges).toHaveLength(4);
    expect([drawn.width, drawn.height]).toEqual([472 + FLOW_WIDTH, 64 + FLOW_HEIGHT]);
  });

  it('draws neither a parent that is gone nor a ring for ever', () => {
    expect(layFlow([{ id: 'a', depends_on: ['gone'] }]).edges).toEqual([]);
    const ring = layFlow([
      { id: 'a', depends_on: ['b'] },
      { id: 'b', depends_on: ['a'] },
    ]);
    expect(ring.nodes).toHaveLength(2);
    expect(layFlow([]).width).toBe(0);
  });
});
