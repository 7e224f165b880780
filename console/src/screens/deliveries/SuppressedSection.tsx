import { ActionIcon, Button, Skeleton, TextInput, Tooltip } from '@mantine/core';
import { IconMailOff, IconSearch, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { type Suppression, useSuppress, useSuppressions, useUnsuppress } from '../../api/mail';
import { useMay } from '../../api/session';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './deliveries.module.css';

const REASONS: Record<Suppression['reason'], string> = {
  bounce: 'Bounced',
  complaint: 'Complained',
  unsubscribed: 'Unsubscribed',
  manual: 'By hand',
};

/** Addresses that get no mail, and why. */
export function SuppressedSection() {
  const [search, change] = useAddress();
  const address = search.get('address') ?? '';
  const cursor = search.get('cursor');
  const { data, error, refetch } = useSuppressions(address, cursor);
  const mayOperate = useMay('mail:operate');
  return (
    <>
      <div className={classes.filters}>
        <FilterText
          label="Address"
          placeholder="Find an address"
          icon={<IconSearch size={15} />}
          value={address}
          change={(next) => change({ address: next, cursor: null })}
        />
        {mayOperate ? <Add /> : null}
      </div>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={300} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <table className={`${uiClasses.table} ${classes.table} ${classes.suppressed}`}>
              <thead>
                <tr>
                  <th>Address</th>
                  <th>Reason</th>
                  <th>Of what</th>
                  <th>Detail</th>
                  <th data-align="right">Since</th>
                  <th>
                    <span className="visually-hidden">Remove</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((one) => (
                  <Row key={one.id} suppression={one} removable={mayOperate} />
                ))}
              </tbody>
            </table>
          ) : (
            <Empty
              icon={<IconMailOff size={40} stroke={1.3} />}
              title={address ? 'This address is not suppressed' : 'Nobody is suppressed'}
            >
              Hard bounces and complaints put an address here at once; unsubscribing does for its category.
            </Empty>
          )}
          <Pager
            first={cursor === null}
            previous={data.previous_cursor}
            next={data.next_cursor}
            turn={(next) => change({ cursor: next })}
          />
        </Panel>
      ) : null}
    </>
  );
}

function Row({ suppression, removable }: { suppression: Suppression; removable: boolean }) {
  const remove = useUnsuppress();
  return (
    <tr>
      <td data-cell="main">{suppression.address}</td>
      <td data-cell="state">
        <Tag tone={suppression.reason === 'manual' ? 'rest' : 'warn'}>{REASONS[suppression.reason]}</Tag>
      </td>
      <td data-cell="second">{suppression.category || 'any mail'}</td>
      <td data-cell="second" className="dim">
        {suppression.detail}
      </td>
      <td data-cell="time" data-align="right" className="dim">
        <Ago time={suppression.created_at} />
      </td>
      <td data-cell="action" data-align="right">
        {removable ? (
          <Tooltip label="Let it get mails again">
            <ActionIcon
              aria-label={`Remove ${suppression.address}`}
              loading={remove.isPending}
              onClick={() =>
                act(remove, suppression.id, {
                  told: `${suppression.address} gets mails again`,
                  failed: tellProblem,
                })
              }
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        ) : null}
      </td>
    </tr>
  );
}

function Add() {
  const [address, setAddress] = useState('');
  const add = useSuppress();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      add,
      { address: address.trim(), detail: '' },
      { told: `${address.trim()} gets no more mails`, after: () => setAddress(''), failed: tellProblem },
    );
  }

  return (
    <form className={classes.add} onSubmit={submit}>
      <TextInput
        aria-label="Address to suppress"
        type="email"
        required
        placeholder="Address to suppress"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={add.isPending}>
        Suppress
      </Button>
    </form>
  );
}
