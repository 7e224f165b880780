import type { ReactNode } from 'react';
import type { Order, OrderLine } from '../../../api/orders';
import own from './orders.module.css';

/** How many units of each line, by the line's id. */
export type Chosen = Readonly<Record<string, number>>;

interface QuantitiesProps {
  label: string;
  order: Order;
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
  /** The most of a line; a line of which there are none is not shown. */
  most: (line: OrderLine) => number;
  aside?: (line: OrderLine) => ReactNode;
}

/** Asks how many units of each line. */
export function Quantities({ label, order, chosen, choose, most, aside }: QuantitiesProps) {
  return (
    <fieldset className={own.quantities}>
      <legend>{label}</legend>
      {order.lines
        .filter((line) => most(line) > 0)
        .map((line) => (
          <div key={line.id}>
            <label htmlFor={`units-${line.id}`}>
              {line.title}
              <small>{[line.sku, ...Object.values(line.options)].join(' · ')}</small>
            </label>
            <span className={own.count}>
              <input
                id={`units-${line.id}`}
                type="number"
                inputMode="numeric"
                min={0}
                max={most(line)}
                value={chosen[line.id] ?? 0}
                onChange={(event) =>
                  choose({ ...chosen, [line.id]: clamp(event.currentTarget.valueAsNumber, most(line)) })
                }
              />
              <span className="dim">of {most(line)}</span>
            </span>
            {aside && (chosen[line.id] ?? 0) > 0 ? <div className={own.aside}>{aside(line)}</div> : null}
          </div>
        ))}
    </fieldset>
  );
}

function clamp(value: number, most: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(most, Math.round(value))) : 0;
}

/** As the server takes them: only lines of which there are some. */
export function linesOf(chosen: Chosen): { line_id: string; quantity: number }[] {
  return Object.entries(chosen)
    .filter(([, quantity]) => quantity > 0)
    .map(([line_id, quantity]) => ({ line_id, quantity }));
}
