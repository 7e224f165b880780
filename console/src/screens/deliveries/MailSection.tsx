import { Button, Select, Skeleton } from '@mantine/core';
import { IconMailbox, IconSend, IconUser } from '@tabler/icons-react';
import { useState } from 'react';
import { type MailFilter, type MailState, useMails, useTemplates } from '../../api/mail';
import { useMay } from '../../api/session';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { useAddress } from '../../ui/useAddress';
import classes from './deliveries.module.css';
import { MailDrawer } from './MailDrawer';
import { MailTable } from './MailTable';
import { SendTest } from './SendTest';
import { MAIL_STATES } from './words';

/** The mail outbox: everything that was sent, or was not. */
export function MailSection() {
  const [search, change] = useAddress();
  const [testing, setTesting] = useState(false);
  const filter: MailFilter = {
    state: stateOf(search.get('state')),
    template: search.get('template'),
    to: search.get('to') ?? '',
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useMails(filter);
  const templates = useTemplates();
  const maySend = useMay('mail:send');
  const narrowed = Boolean(filter.state || filter.template || filter.to);
  const test = maySend ? (
    <Button
      variant="default"
      leftSection={<IconSend size={15} />}
      onClick={() => setTesting(true)}
      disabled={!templates.data?.length}
    >
      Send a test
    </Button>
  ) : null;
  return (
    <>
      <search className={classes.filters}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={MAIL_STATES}
          value={filter.state}
          onChange={(state) => change({ state, cursor: null })}
        />
        <Select
          aria-label="Template"
          placeholder="Any template"
          clearable
          data={(templates.data ?? []).map(({ name }) => name)}
          value={filter.template}
          onChange={(template) => change({ template, cursor: null })}
        />
        <FilterText
          label="Recipient"
          placeholder="Address of the recipient"
          icon={<IconUser size={15} />}
          value={filter.to}
          change={(to) => change({ to, cursor: null })}
        />
        {test}
      </search>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <MailTable items={data.items} opened={search.get('mail')} open={(mail) => change({ mail })} />
          ) : (
            <Empty
              icon={<IconMailbox size={40} stroke={1.3} />}
              title={narrowed ? 'No mail matches' : 'The outbox is empty'}
              actions={
                narrowed ? (
                  <Button
                    variant="default"
                    onClick={() => change({ state: null, template: null, to: null, cursor: null })}
                  >
                    Show every mail
                  </Button>
                ) : null
              }
            >
              {narrowed
                ? 'New ones that match appear here.'
                : 'Mails appear here in the commit that sends them, each with the ledger of what became of it.'}
            </Empty>
          )}
          <Pager
            first={filter.cursor === null}
            previous={data.previous_cursor}
            next={data.next_cursor}
            turn={(cursor) => change({ cursor })}
          />
        </Panel>
      ) : null}
      <MailDrawer id={search.get('mail')} close={() => change({ mail: null })} />
      <SendTest
        opened={testing}
        templates={templates.data ?? []}
        close={() => setTesting(false)}
        sent={(mail) => change({ mail })}
      />
    </>
  );
}

function stateOf(word: string | null): MailState | null {
  return (MAIL_STATES.find(({ value }) => value === word)?.value ?? null) as MailState | null;
}
