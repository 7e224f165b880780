import { Button, Checkbox, Skeleton } from '@mantine/core';
import { IconSearch, IconUsers } from '@tabler/icons-react';
import { type User, type UserFilter, useUsers } from '../../api/users';
import { Ago } from '../../ui/Ago';
import parts from '../../ui/blocks.module.css';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './access.module.css';
import { UserDrawer } from './UserDrawer';

/** Everybody who has an account, whatever organizations they work in. */
export function UsersSection() {
  const [search, change] = useAddress();
  const filter: UserFilter = {
    words: search.get('q') ?? '',
    banned: search.has('banned'),
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useUsers(filter);
  const narrowed = filter.words !== '' || filter.banned;
  return (
    <>
      <search className={classes.filters}>
        <FilterText
          label="Address or name"
          placeholder="A part of an address or a name"
          icon={<IconSearch size={15} />}
          value={filter.words}
          change={(q) => change({ q, cursor: null })}
        />
        <Checkbox
          label="Banned only"
          checked={filter.banned}
          onChange={(event) => change({ banned: event.currentTarget.checked ? 'yes' : null, cursor: null })}
        />
      </search>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <table className={`${uiClasses.table} ${parts.rows}`}>
              <thead>
                <tr>
                  <th>Account</th>
                  <th>State</th>
                  <th>Language</th>
                  <th data-align="right">Made</th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((user) => (
                  <tr key={user.id} data-opened={user.id === search.get('user')}>
                    <td data-cell="main">
                      <button type="button" className={parts.open} onClick={() => change({ user: user.id })}>
                        {user.name || user.mail}
                      </button>
                      <small>{user.mail}</small>
                    </td>
                    <td data-cell="state">
                      <Standing user={user} />
                    </td>
                    <td data-cell="wide" className="dim">
                      {user.locale}
                    </td>
                    <td data-cell="line" data-align="right" className="dim">
                      <Ago time={user.created_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <Empty
              icon={<IconUsers size={40} stroke={1.3} />}
              title={narrowed ? 'No account matches' : 'Nobody has an account yet'}
              actions={
                narrowed ? (
                  <Button variant="default" onClick={() => change({ q: null, banned: null, cursor: null })}>
                    Show every account
                  </Button>
                ) : null
              }
            >
              People sign up, or <code>backstay users create</code> makes one.
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
      <UserDrawer id={search.get('user')} close={() => change({ user: null })} />
    </>
  );
}

/** Whether somebody can sign in, in a word. */
export function Standing({ user }: { user: User }) {
  if (user.banned_at) return <Tag tone="bad">Banned</Tag>;
  if (user.verified_at) return <Tag tone="good">Verified</Tag>;
  return <Tag tone="warn">Not verified</Tag>;
}
