import { Skeleton } from '@mantine/core';
import { IconDeviceMobileMessage } from '@tabler/icons-react';
import { useTexts } from '../../api/texts';
import { Ago } from '../../ui/Ago';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import uiClasses from '../../ui/ui.module.css';
import classes from './deliveries.module.css';

/** Texts that development keeps instead of sending them: where the codes by SMS arrive. */
export function TextsSection() {
  const { data, error, refetch } = useTexts();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} radius={10} aria-busy="true" />;
  return (
    <Panel>
      {data.length === 0 ? (
        <Empty icon={<IconDeviceMobileMessage size={40} stroke={1.3} />} title="No text is kept">
          Without an SMS_URL, texts come here instead of to a phone. Where one is set they are sent, and
          nothing of them is kept.
        </Empty>
      ) : (
        <table className={`${uiClasses.table} ${classes.table} ${classes.texts}`}>
          <thead>
            <tr>
              <th>To</th>
              <th>Text</th>
              <th data-align="right">Made</th>
            </tr>
          </thead>
          <tbody>
            {data.map((text) => (
              <tr key={text.id}>
                <td data-cell="main" className="mono">
                  {text.number}
                </td>
                <td data-cell="second">{text.body}</td>
                <td data-cell="time" data-align="right" className="dim">
                  <Ago time={text.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
