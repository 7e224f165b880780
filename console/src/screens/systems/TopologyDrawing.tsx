import { useMemo, useState } from 'react';
import type { House } from '../../api/systems';
import { layTopology, NODE_HEIGHT, NODE_WIDTH, type TopologyNode } from '../../lib/topology';
import { Panel } from '../../ui/Panel';
import { healthTone, healthWords } from '../../ui/tone';
import classes from './topology.module.css';

/** The modules and what they stand on, drawn; pointing at one lights up its lines. */
export function TopologyDrawing({ house, open }: { house: House; open: (name: string) => void }) {
  const [pointed, setPointed] = useState<string | null>(null);
  const shape = house.systems.map((system) => `${system.name}:${system.requires}:${system.parts}`).join(';');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is all that the layout depends on
  const drawing = useMemo(() => layTopology(nodesOf(house)), [shape]);
  const systems = new Map(house.systems.map((system) => [`module ${system.name}`, system]));
  const parts = new Map(house.parts.map((part) => [`part ${part.name}`, part]));
  const lit = (from: string, to: string) => pointed === from || pointed === to;

  return (
    <Panel className={classes.scroll}>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: it holds buttons that say their own names, and a title would cover them */}
      <svg viewBox={`0 0 ${drawing.width} ${drawing.height}`} width={drawing.width} height={drawing.height}>
        {drawing.edges.map(({ from, to, path }) => (
          <path
            key={`${from}>${to}`}
            d={path}
            className={classes.edge}
            data-lit={lit(from, to)}
            data-quiet={pointed !== null && !lit(from, to)}
          />
        ))}
        {drawing.nodes.map(({ id, x, y }) => {
          const system = systems.get(id);
          const part = parts.get(id);
          const health = system?.health ?? part?.health ?? 'ok';
          const name = system?.name ?? part?.name ?? id;
          const about = system?.card
            ? `${system.card.value} ${system.card.label}`
            : (part?.engine ?? healthWords(health));
          const body = (
            <>
              <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx={part ? 31 : 9} />
              <circle cx={part ? 28 : 20} cy={25} r={4.5} data-tone={healthTone(health)} />
              <text x={part ? 42 : 34} y={30} className={classes.name}>
                {name}
              </text>
              <text x={part ? 42 : 34} y={48} className={classes.about}>
                {about.length > 22 ? `${about.slice(0, 21)}…` : about}
              </text>
            </>
          );
          const shared = {
            className: classes.node,
            transform: `translate(${x} ${y})`,
            'data-part': part !== undefined,
            onPointerEnter: () => setPointed(id),
            onPointerLeave: () => setPointed(null),
          };
          if (!system) {
            return (
              <g key={id} {...shared}>
                {body}
              </g>
            );
          }
          return (
            // biome-ignore lint/a11y/useSemanticElements: SVG has no button element
            <g
              key={id}
              {...shared}
              role="button"
              tabIndex={0}
              aria-label={`${name}, ${healthWords(health)}: open`}
              onFocus={() => setPointed(id)}
              onBlur={() => setPointed(null)}
              onClick={() => open(name)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' || event.key === ' ') {
                  event.preventDefault();
                  open(name);
                }
              }}
            >
              {body}
            </g>
          );
        })}
      </svg>
    </Panel>
  );
}

function nodesOf(house: House): TopologyNode[] {
  return [
    ...house.parts.map((part) => ({ id: `part ${part.name}`, kind: 'part' as const, on: [] })),
    ...house.systems.map((system) => ({
      id: `module ${system.name}`,
      kind: 'module' as const,
      on: [
        ...system.requires.map((name) => `module ${name}`),
        ...bareParts(house, system.name).map((name) => `part ${name}`),
      ],
    })),
  ];
}

/** The parts that a module stands on and no module below it does: the other lines would only cross. */
function bareParts(house: House, name: string): string[] {
  const byName = new Map(house.systems.map((system) => [system.name, system]));
  const below = new Set<string>();
  const walk = (from: string) => {
    for (const required of byName.get(from)?.requires ?? []) {
      if (below.has(required)) continue;
      below.add(required);
      walk(required);
    }
  };
  walk(name);
  const covered = new Set([...below].flatMap((each) => byName.get(each)?.parts ?? []));
  return (byName.get(name)?.parts ?? []).filter((part) => !covered.has(part));
}
