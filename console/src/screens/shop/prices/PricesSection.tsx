import { Button, Drawer, Skeleton } from '@mantine/core';
import { IconPlus, IconTags, IconUsersGroup } from '@tabler/icons-react';
import { useState } from 'react';
import { type PriceList, usePriceLists } from '../../../api/catalog';
import { type CustomerGroup, useGroups } from '../../../api/prices';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { count, dateTime } from '../../../lib/format';
import { useNow } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import { EditPrices } from '../products/EditPrices';
import { GroupDetail } from './GroupDetail';
import { ListDetail } from './ListDetail';
import { NewGroup, NewList } from './making';
import own from './prices.module.css';

/** Prices for a time or for a group of customers, and who is in each group. */
export function PricesSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const [making, setMaking] = useState<'list' | 'group' | null>(null);
  const lists = usePriceLists(shop.slug);
  const groups = useGroups(shop.slug);
  const mayWrite = useMay('catalog:write');
  const mayGroup = useMay('catalog:groups');
  const list = lists.data?.find(({ id }) => id === search.get('list')) ?? null;
  const group = groups.data?.find(({ id }) => id === search.get('group')) ?? null;
  const close = () => setMaking(null);
  return (
    <div className={parts.stack}>
      <Panel className={own.panel}>
        <header className={own.head}>
          <h2>Price lists</h2>
          {mayWrite ? (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking('list')}>
              Make a list
            </Button>
          ) : null}
        </header>
        {lists.error && !lists.data ? (
          <ProblemNote error={lists.error} retry={() => void lists.refetch()} />
        ) : null}
        {!lists.data && !lists.error ? <Skeleton height={120} aria-busy="true" /> : null}
        {lists.data?.length === 0 ? (
          <Empty icon={<IconTags size={40} stroke={1.3} />} title="There is no price list">
            One holds other prices for a time, or for a group of customers. The lowest that applies is what a
            shopper pays.
          </Empty>
        ) : null}
        {lists.data?.length ? (
          <Lists
            lists={lists.data}
            groups={groups.data ?? []}
            opened={list}
            open={(id) => change({ list: id })}
          />
        ) : null}
      </Panel>
      <Panel className={own.panel}>
        <header className={own.head}>
          <h2>Groups of customers</h2>
          {mayGroup ? (
            <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setMaking('group')}>
              Make a group
            </Button>
          ) : null}
        </header>
        {groups.error && !groups.data ? (
          <ProblemNote error={groups.error} retry={() => void groups.refetch()} />
        ) : null}
        {groups.data?.length === 0 ? (
          <Empty icon={<IconUsersGroup size={40} stroke={1.3} />} title="There is no group">
            Its members pay the prices of the lists that are for it; nobody else sees them.
          </Empty>
        ) : null}
        {groups.data?.length ? (
          <Groups
            groups={groups.data}
            opened={group}
            open={mayGroup ? (id) => change({ group: id }) : null}
          />
        ) : null}
      </Panel>
      <EditPrices shop={shop} mayWrite={mayWrite} />
      <Drawer
        opened={list !== null}
        onClose={() => change({ list: null })}
        size={620}
        title={list ? list.name : ''}
      >
        {list ? (
          <ListDetail
            key={list.id}
            shop={shop}
            list={list}
            groups={groups.data ?? []}
            mayWrite={mayWrite}
            close={() => change({ list: null })}
          />
        ) : null}
      </Drawer>
      <Drawer
        opened={group !== null && mayGroup}
        onClose={() => change({ group: null })}
        size={620}
        title={group ? group.name : ''}
      >
        {group && mayGroup ? (
          <GroupDetail key={group.id} shop={shop} group={group} close={() => change({ group: null })} />
        ) : null}
      </Drawer>
      <Drawer opened={making === 'list'} onClose={close} size={520} title="A new price list">
        {making === 'list' ? (
          <NewList
            shop={shop}
            groups={groups.data ?? []}
            close={close}
            done={({ id }) => {
              close();
              change({ list: id });
            }}
          />
        ) : null}
      </Drawer>
      <Drawer opened={making === 'group'} onClose={close} size={520} title="A new group of customers">
        {making === 'group' ? (
          <NewGroup
            shop={shop}
            close={close}
            done={({ id }) => {
              close();
              change({ group: id });
            }}
          />
        ) : null}
      </Drawer>
    </div>
  );
}

interface ListsProps {
  lists: readonly PriceList[];
  groups: readonly CustomerGroup[];
  opened: PriceList | null;
  open: (id: string) => void;
}

function Lists({ lists, groups, opened, open }: ListsProps) {
  const now = useNow();
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.lists}`}>
      <thead>
        <tr>
          <th>List</th>
          <th>For</th>
          <th>When</th>
          <th data-align="right">Currency</th>
        </tr>
      </thead>
      <tbody>
        {lists.map((list) => (
          <tr key={list.id} data-opened={list === opened}>
            <td data-cell="main">
              <button type="button" className={parts.open} onClick={() => open(list.id)}>
                {list.name}
              </button>
            </td>
            <td data-cell="line">
              {list.customer_group ? (
                <Tag>
                  {groups.find(({ code }) => code === list.customer_group)?.name ?? list.customer_group}
                </Tag>
              ) : (
                'Everybody'
              )}
            </td>
            <td data-cell="line" className="dim">
              {whenOf(list, now)}
            </td>
            <td data-cell="action" data-align="right">
              {list.currency}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface GroupsProps {
  groups: readonly CustomerGroup[];
  opened: CustomerGroup | null;
  /** Null for whoever may not see who is in a group. */
  open: ((id: string) => void) | null;
}

function Groups({ groups, opened, open }: GroupsProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.groups}`}>
      <thead>
        <tr>
          <th>Group</th>
          <th>Code</th>
          <th data-align="right">Members</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.id} data-opened={group === opened}>
            <td data-cell="main">
              {open ? (
                <button type="button" className={parts.open} onClick={() => open(group.id)}>
                  {group.name}
                </button>
              ) : (
                group.name
              )}
            </td>
            <td data-cell="line" className="mono">
              {group.code}
            </td>
            <td data-cell="second" data-align="right" data-name="members">
              {count(group.members)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whenOf({ starts_at, ends_at }: PriceList, now: Date): string {
  const from = starts_at ? new Date(starts_at) : null;
  const to = ends_at ? new Date(ends_at) : null;
  if (to && to <= now) return `over since ${dateTime(to)}`;
  const words = [from && from > now ? `from ${dateTime(from)}` : null, to ? `until ${dateTime(to)}` : null];
  return words.filter(Boolean).join(' ') || 'now, without an end';
}
