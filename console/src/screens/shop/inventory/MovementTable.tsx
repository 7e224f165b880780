import type { VariantSummary } from '../../../api/catalog';
import type { Location, Movement } from '../../../api/inventory';
import { count } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import uiClasses from '../../../ui/ui.module.css';
import { useNames } from '../../access/names';
import { State } from '../State';
import own from './inventory.module.css';
import { VariantCell } from './VariantCell';
import { KIND } from './words';

interface MovementTableProps {
  items: readonly Movement[];
  /** Where they are of several variants: what these are called. */
  names?: Map<string, VariantSummary> | undefined;
  locations?: readonly Location[];
}

/** Lines of the ledger, the newest first: what moved, and what was there afterwards. */
export function MovementTable({ items, names, locations }: MovementTableProps) {
  const nameOf = useNames();
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.movements}`} aria-label="Movements">
      <thead>
        <tr>
          <th>What</th>
          {locations ? <th>Variant</th> : null}
          <th data-align="right">There</th>
          <th data-align="right">Promised</th>
          <th>Why</th>
          <th data-align="right">When</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id}>
            <td data-cell={locations ? 'state' : 'main'}>
              <State words={KIND} state={one.kind} />
            </td>
            {locations ? (
              <td data-cell="main">
                <VariantCell id={one.variant_id} variant={names?.get(one.variant_id)} />
                <small>{locations.find(({ id }) => id === one.location_id)?.name}</small>
              </td>
            ) : null}
            <td
              data-cell={locations ? 'second' : 'line'}
              data-align="right"
              data-name="there"
              className="nowrap"
            >
              <Moved by={one.on_hand_change} to={one.on_hand} />
            </td>
            <td data-cell="line" data-align="right" data-name="promised" className="nowrap">
              <Moved by={one.reserved_change} to={one.reserved} />
            </td>
            <td data-cell="line">
              {one.reason}
              <small>
                {one.holder_id ? `for …${one.holder_id.slice(-12)}, ` : ''}
                {nameOf(one.created_by)}
              </small>
            </td>
            <td data-cell={locations ? 'action' : 'state'} data-align="right" className="dim">
              <Ago time={one.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Moved({ by, to }: { by: number; to: number }) {
  if (by === 0) return <span className="dim">{count(to)}</span>;
  return (
    <>
      <b className={own.moved} data-down={by < 0}>
        {by > 0 ? '+' : '−'}
        {count(Math.abs(by))}
      </b>{' '}
      <span className="dim">→ {count(to)}</span>
    </>
  );
}
