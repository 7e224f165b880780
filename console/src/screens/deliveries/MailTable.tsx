import type { MessageSummary } from '../../api/mail';
import { Ago } from '../../ui/Ago';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import classes from './deliveries.module.css';
import { mailTone, mailWords } from './words';

interface MailTableProps {
  items: readonly MessageSummary[];
  opened: string | null;
  open: (id: string) => void;
}

export function MailTable({ items, opened, open }: MailTableProps) {
  return (
    <table className={`${uiClasses.table} ${classes.table} ${classes.mails}`}>
      <thead>
        <tr>
          <th>State</th>
          <th>Subject</th>
          <th>To</th>
          <th>Template</th>
          <th>Provider</th>
          <th data-align="right">Tries</th>
          <th data-align="right">Made</th>
        </tr>
      </thead>
      <tbody>
        {items.map((mail) => (
          <tr key={mail.id} data-opened={mail.id === opened}>
            <td data-cell="state">
              <Tag tone={mailTone(mail.state)}>{mailWords(mail.state)}</Tag>
            </td>
            <td data-cell="main">
              <button type="button" className="truncate" onClick={() => open(mail.id)}>
                {mail.subject}
              </button>
            </td>
            <td data-cell="second" className="truncate">
              {mail.to_name ? `${mail.to_name} · ` : ''}
              <span className="dim">{mail.to_address}</span>
            </td>
            <td data-cell="wide" className="truncate mono">
              {mail.template}
            </td>
            <td data-cell="wide" className="truncate dim">
              {mail.provider ?? 'none'}
            </td>
            <td data-cell="wide" data-align="right">
              {mail.attempts}
            </td>
            <td data-cell="time" data-align="right" className="dim">
              <Ago time={mail.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
