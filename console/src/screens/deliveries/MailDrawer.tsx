import { Button, Drawer, Skeleton, Tabs } from '@mantine/core';
import { IconDownload, IconRepeat } from '@tabler/icons-react';
import { type Message, useMail, useMailHtml, useRetryMail } from '../../api/mail';
import { useMay } from '../../api/session';
import { bytes, dateTime } from '../../lib/format';
import { act } from '../../ui/act';
import { Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { Timeline, type TimelineStep } from '../../ui/Timeline';
import { tellProblem } from '../../ui/toasts';
import classes from './deliveries.module.css';
import { MailFrame } from './MailFrame';
import { Reconcile } from './Reconcile';
import { mailTone, mailWords, stepTone, stepWords, WHY } from './words';

export function MailDrawer({ id, close }: { id: string | null; close: () => void }) {
  return (
    <Drawer opened={id !== null} onClose={close} size={860} title="Mail">
      {id ? <Detail key={id} id={id} /> : null}
    </Drawer>
  );
}

function Detail({ id }: { id: string }) {
  const { data, error, refetch } = useMail(id);
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <Tag tone={mailTone(data.state)}>{mailWords(data.state)}</Tag>
        <h2>{data.subject}</h2>
      </div>
      <Actions mail={data} />
      <section className={classes.why}>
        <h3>Why was this {wasSent(data) ? 'sent' : 'not sent'}?</h3>
        <p>{WHY[data.state]}</p>
        {data.state === 'unknown' ? <Reconcile id={data.id} /> : null}
        <Timeline label="Ledger" steps={data.ledger.map(stepOf)} />
      </section>
      <KeyValues values={facts(data)} />
      <Tabs defaultValue="html" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="html">Preview</Tabs.Tab>
          <Tabs.Tab value="text">Text</Tabs.Tab>
          {data.attachments.length ? (
            <Tabs.Tab value="files">Attachments {data.attachments.length}</Tabs.Tab>
          ) : null}
        </Tabs.List>
        <Tabs.Panel value="html" pt="md">
          <Html id={data.id} subject={data.subject} />
        </Tabs.Panel>
        <Tabs.Panel value="text" pt="md">
          <pre className={classes.text}>{data.text}</pre>
        </Tabs.Panel>
        <Tabs.Panel value="files" pt="md">
          <ul className={classes.files}>
            {data.attachments.map((file) => (
              <li key={file.filename}>
                <b>{file.filename}</b>
                <span className="dim">
                  {file.content_type}, {bytes(file.size)}
                  {file.content_id ? ', shown in the HTML' : ''}
                </span>
              </li>
            ))}
          </ul>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Actions({ mail }: { mail: Message }) {
  const retry = useRetryMail();
  const mayOperate = useMay('mail:operate');
  const again = ['failed', 'bounced', 'suppressed'].includes(mail.state);
  return (
    <div className={classes.actions}>
      {again && mayOperate ? (
        <Button
          size="compact-sm"
          leftSection={<IconRepeat size={15} />}
          loading={retry.isPending}
          onClick={() =>
            act(retry, mail.id, { told: 'It is sent again, under the same Message-ID', failed: tellProblem })
          }
        >
          Send again
        </Button>
      ) : null}
      <Button
        component="a"
        href={`/v1/mail/messages/${mail.id}/source`}
        download={`${mail.id}.eml`}
        variant="default"
        size="compact-sm"
        leftSection={<IconDownload size={15} />}
      >
        Source (.eml)
      </Button>
    </div>
  );
}

function Html({ id, subject }: { id: string; subject: string }) {
  const { data, error, refetch } = useMailHtml(id);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={360} aria-busy="true" />;
  return <MailFrame html={data} title={`Preview of “${subject}”`} />;
}

function wasSent(mail: Message): boolean {
  return ['sent', 'delivered', 'bounced', 'complained'].includes(mail.state);
}

function stepOf(step: Message['ledger'][number]): TimelineStep {
  const aside = [step.provider, step.code === null ? null : `answered ${step.code}`].filter(Boolean);
  return {
    at: step.at,
    tone: stepTone(step.kind),
    title: stepWords(step.kind),
    aside: aside.join(' · ') || null,
    body: step.detail || null,
  };
}

function facts(mail: Message): Record<string, React.ReactNode> {
  const address = ({ name, email }: Message['to']) => (name ? `${name} <${email}>` : email);
  return {
    From: address(mail.sender),
    To: address(mail.to),
    'Reply to': mail.reply_to,
    Template: <span className="mono">{mail.template}</span>,
    Category: mail.category,
    'Message-ID': <Copy text={mail.message_id} label="Message-ID" shown={mail.message_id} />,
    Job: mail.job_id ? <Copy text={mail.job_id} label="job id" shown={mail.job_id} /> : null,
    Key: mail.key ? <span className="mono">{mail.key}</span> : null,
    Made: dateTime(new Date(mail.created_at)),
    Sent: mail.sent_at ? dateTime(new Date(mail.sent_at)) : null,
  };
}
