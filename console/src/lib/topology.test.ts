import { describe, expect, it } from 'vitest';
import { layTopology, storeys, type TopologyNode } from './topology';

const house: TopologyNode[] = [
  { id: 'database', kind: 'part', on: [] },
  { id: 'health', kind: 'module', on: [] },
  { id: 'traffic', kind: 'module', on: ['database'] },
  { id: 'console', kind: 'module', on: ['health', 'traffic'] },
];

describe('storeys', () => {
  it('puts parts on the ground and every module above what it stands on', () => {
    expect([...storeys(house)]).toEqual([
      ['database', 0],
      ['health', 1],
      ['traffic', 1],
      ['console', 2],
    ]);
  });

  it('ends on a ring instead of turning for ever', () => {
    const ring: TopologyNode[] = [
      { id: 'a', kind: 'module', on: ['b'] },
      { id: 'b', kind: 'module', on: ['a'] },
    ];
    expect(storeys(ring).size).toBe(2);
  });
});

describe('layTopology', () => {
  it('draws a line for each dependency that is there, and none for one that is missing', () => {
    const { edges } = layTopology([...house, { id: 'notes', kind: 'module', on: ['database', 'nowhere'] }]);
    expect(edges.map(({ from, to }) => `${from}>${to}`)).toEqual([
      'traffic>database',
      'console>health',
      'console>traffic',
      'notes>database',
    ]);
  });

  it('leads a long line past the nodes between, not behind them', () => {
    const tall: TopologyNode[] = [
      { id: 'database', kind: 'part', on: [] },
      { id: 'low', kind: 'module', on: ['database'] },
      { id: 'high', kind: 'module', on: ['low', 'database'] },
    ];
    const { nodes, edges } = layTopology(tall);
    const low = nodes.find((node) => node.id === 'low');
    const passing = /V/.exec(edges.find(({ from, to }) => from === 'high' && to === 'database')?.path ?? '');
    expect(passing).not.toBeNull();
    const at = Number(/ ([\d.]+) [\d.]+V/.exec(passing?.input ?? '')?.[1]);
    expect(at < (low?.x ?? 0) || at > (low?.x ?? 0) + 168).toBe(true);
  });

  it('keeps nodes of a row apart and inside the drawing', () => {
    const { nodes, width, height } = layTopology(house);
    expect(nodes).toHaveLength(4);
    for (const node of nodes) {
      expect(node.x).toBeGreaterThanOrEqual(0);
      expect(node.x + 168).toBeLessThanOrEqual(width);
      expect(node.y + 62).toBeLessThanOrEqual(height);
    }
    const [health, traffic] = ['health', 'traffic'].map((id) => nodes.find((node) => node.id === id));
    expect(Math.abs((health?.x ?? 0) - (traffic?.x ?? 0))).toBe(198);
  });
});
