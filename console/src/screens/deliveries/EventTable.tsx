import type { EventSummary } from '../../api/events';
import { count } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import uiClasses from '../../ui/ui.module.css';
import classes from './deliveries.module.css';

interface EventTableProps {
  items: readonly EventSummary[];
  opened: string | null;
  open: (id: string) => void;
}

export function EventTable({ items, opened, open }: EventTableProps) {
  return (
    <table className={`${uiClasses.table} ${classes.table} ${classes.events}`}>
      <thead>
        <tr>
          <th data-align="right">Position</th>
          <th>Type</th>
          <th>Subject</th>
          <th data-align="right">Version</th>
          <th data-align="right">Happened</th>
        </tr>
      </thead>
      <tbody>
        {items.map((event) => (
          <tr key={event.id} data-opened={event.id === opened}>
            <td data-cell="wide" data-align="right" className="mono dim">
              {count(event.position)}
            </td>
            <td data-cell="main">
              <button type="button" className="truncate mono" onClick={() => open(event.id)}>
                {event.type}
              </button>
            </td>
            <td data-cell="second" className="truncate">
              {event.subject ?? <span className="dim">nothing in particular</span>}
            </td>
            <td data-cell="wide" data-align="right">
              {event.version ?? ''}
            </td>
            <td data-cell="time" data-align="right" className="dim">
              <Ago time={event.time} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
