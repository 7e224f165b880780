import { Button, Skeleton, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import {
  type CustomerGroup,
  useAddMember,
  useDropMember,
  useMembers,
  useRemoveGroup,
  useRenameGroup,
} from '../../../api/prices';
import type { Shop } from '../../../api/shops';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { Pager } from '../../../ui/Pager';
import { ProblemNote } from '../../../ui/ProblemNote';
import { tellProblem } from '../../../ui/toasts';
import own from './prices.module.css';

interface GroupDetailProps {
  shop: Shop;
  group: CustomerGroup;
  close: () => void;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A group of customers: who is in it. */
export function GroupDetail({ shop, group, close }: GroupDetailProps) {
  const [cursor, setCursor] = useState<string | null>(null);
  const members = useMembers(shop.slug, group.id, cursor);
  const drop = useDropMember(shop.slug, group.id);
  return (
    <div className={parts.stack}>
      <p className="dim">
        Price lists call it <span className="mono">{group.code}</span>.
      </p>
      <Add shop={shop} group={group} />
      {members.error && !members.data ? (
        <ProblemNote error={members.error} retry={() => void members.refetch()} />
      ) : null}
      {!members.data && !members.error ? <Skeleton height={80} aria-busy="true" /> : null}
      {members.data?.items.length === 0 ? <p className="dim">Nobody is in it yet.</p> : null}
      <ul className={own.rows} aria-label="Members of the group">
        {members.data?.items.map(({ id, mail, customer_id, added_at }) => (
          <li key={id}>
            <span className={mail ? 'truncate' : 'mono truncate'}>{mail ?? customer_id}</span>
            <small className="dim">
              <Ago time={added_at} />
            </small>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Take ${mail ?? customer_id} out`}
              onClick={() => act(drop, id, { told: 'Taken out', failed: tellProblem })}
            >
              Take out
            </Button>
          </li>
        ))}
      </ul>
      {members.data ? (
        <Pager
          first={cursor === null}
          previous={members.data.previous_cursor}
          next={members.data.next_cursor}
          turn={setCursor}
        />
      ) : null}
      <Terms key={group.version} shop={shop} group={group} close={close} />
    </div>
  );
}

function Add({ shop, group }: { shop: Shop; group: CustomerGroup }) {
  const [who, setWho] = useState('');
  const add = useAddMember(shop.slug, group.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    const named = who.trim();
    act(add, ID.test(named) ? { customer_id: named } : { mail: named }, {
      told: `${named} is in it`,
      after: () => setWho(''),
    });
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <div className={own.set}>
        <TextInput
          label="Take in"
          description="A mail address, or the id of an account. An address counts once its account has verified it"
          value={who}
          onChange={(event) => setWho(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending} disabled={!who.trim()}>
          Take in
        </Button>
      </div>
      {add.error ? <ProblemNote error={add.error} /> : null}
    </form>
  );
}

function Terms({ shop, group, close }: GroupDetailProps) {
  const [name, setName] = useState(group.name);
  const [asking, setAsking] = useState(false);
  const rename = useRenameGroup(shop.slug);
  const remove = useRemoveGroup(shop.slug);
  function submit(event: FormEvent) {
    event.preventDefault();
    act(rename, { group, name: name.trim() }, { told: 'The group is called that now' });
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <div className={own.set}>
        <TextInput
          label="Name"
          maxLength={250}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={rename.isPending}
          disabled={!name.trim() || name.trim() === group.name}
        >
          Rename
        </Button>
      </div>
      {rename.error ? <ProblemNote error={rename.error} /> : null}
      <div className={parts.actions}>
        <Button variant="default" color="red" onClick={() => setAsking(true)}>
          Remove the group
        </Button>
      </div>
      <Confirm
        opened={asking}
        title={`Remove ${group.name}?`}
        words="Remove it"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() => act(remove, group, { told: `${group.name} is gone`, after: close })}
      >
        Everybody leaves it. It goes only when no price list is for it.
      </Confirm>
    </form>
  );
}
