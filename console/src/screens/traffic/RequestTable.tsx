import type { RequestSummary } from '../../api/traffic';
import { bytes, clockTime, duration } from '../../lib/format';
import { Tag } from '../../ui/signs';
import { statusTone } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import classes from './traffic.module.css';

interface RequestTableProps {
  items: readonly RequestSummary[];
  opened: string | null;
  open: (id: string) => void;
}

export function RequestTable({ items, opened, open }: RequestTableProps) {
  const slowest = Math.max(1, ...items.map((request) => request.duration_us));
  return (
    <table className={`${uiClasses.table} ${classes.table}`}>
      <thead>
        <tr>
          <th>Time</th>
          <th>Request</th>
          <th>Status</th>
          <th data-align="right">Duration</th>
          <th data-align="right">Statements</th>
          <th>Actor</th>
          <th data-align="right">Answer</th>
        </tr>
      </thead>
      <tbody>
        {items.map((request) => (
          <tr key={request.id} data-opened={request.id === opened}>
            <td className={`dim nowrap ${classes.time}`}>{clockTime(new Date(request.at))}</td>
            <td className={classes.request}>
              <button type="button" onClick={() => open(request.id)}>
                <b>{request.method}</b>
                <span className="truncate">{request.path}</span>
              </button>
            </td>
            <td className={classes.status}>
              <Tag tone={statusTone(request.status)}>{request.status ?? 'none'}</Tag>
              {request.error ? <small className="truncate">{request.error}</small> : null}
              {request.abandoned ? <small>abandoned</small> : null}
            </td>
            <td data-align="right" className={classes.duration}>
              <span>{duration(request.duration_us)}</span>
              <i style={{ width: `${Math.max(2, (request.duration_us / slowest) * 100)}%` }} />
            </td>
            <td data-align="right" className={classes.statements}>
              {request.statements || <span className="dim">0</span>}
            </td>
            <td className={`truncate ${classes.actor}`}>
              {request.actor ?? <span className="dim">nobody</span>}
            </td>
            <td data-align="right" className={`dim nowrap ${classes.size}`}>
              {bytes(request.response_bytes)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
