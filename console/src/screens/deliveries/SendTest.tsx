import { Button, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type TemplateInfo, useSendTestMail } from '../../api/mail';
import { act } from '../../ui/act';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './deliveries.module.css';

interface SendTestProps {
  opened: boolean;
  templates: readonly TemplateInfo[];
  close: () => void;
  sent: (id: string) => void;
}

/** The template that says nothing but that mail arrives: what one wants to send first. */
const PLAIN_TEST = 'mail.test';

/** Sends a template with its sample data through everything that a real mail goes through. */
export function SendTest({ opened, templates, close, sent }: SendTestProps) {
  const [template, setTemplate] = useState<string | null>(null);
  const [to, setTo] = useState('');
  const send = useSendTestMail();
  const first = templates.find(({ name }) => name === PLAIN_TEST) ?? templates[0];
  const chosen = template ?? first?.name ?? null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (chosen === null) return;
    act(
      send,
      { template: chosen, to: to.trim() },
      {
        told: 'The mail is queued',
        after: ({ id }) => {
          close();
          sent(id);
        },
      },
    );
  }

  return (
    <Modal opened={opened} onClose={close} title="Send a test mail">
      <form className={classes.form} onSubmit={submit}>
        <Select
          label="Template"
          description="It is filled with its own sample data."
          data={templates.map(({ name }) => name)}
          value={chosen}
          onChange={setTemplate}
          allowDeselect={false}
        />
        <TextInput
          label="To"
          type="email"
          required
          data-autofocus
          placeholder="ada@example.test"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        {send.error ? <ProblemNote error={send.error} /> : null}
        <Button type="submit" loading={send.isPending}>
          Send
        </Button>
      </form>
    </Modal>
  );
}
