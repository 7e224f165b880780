import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiKeyPage } from '../api/generated';
import type { ApiKey } from '../api/keys';
import type { ApiError } from '../api/problem';
import { Ago } from './Ago';
import parts from './blocks.module.css';
import { Pager } from './Pager';
import { Panel } from './Panel';
import { ProblemNote } from './ProblemNote';
import { Tag } from './signs';
import uiClasses from './ui.module.css';

interface KeyTableProps {
  keys: UseQueryResult<ApiKeyPage, ApiError>;
  cursor: string | null;
  turn: (cursor: string | null) => void;
  /** Shows whose each key is. */
  owner?: (key: ApiKey) => ReactNode;
  rotate?: (key: ApiKey) => void;
  revoke: (key: ApiKey) => void;
  empty: ReactNode;
}

/** Keys without what proves them: whose, for what, until when, and when they were last used. */
export function KeyTable({ keys, cursor, turn, owner, rotate, revoke, empty }: KeyTableProps) {
  const { data, error, refetch } = keys;
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={260} radius={10} aria-busy="true" />;
  return (
    <Panel>
      {data.items.length ? (
        <table className={`${uiClasses.table} ${parts.rows}`}>
          <thead>
            <tr>
              <th>Key</th>
              {owner ? <th>Whose</th> : null}
              <th>Permissions</th>
              <th>Last used</th>
              <th>Ends</th>
              <th>
                <span className="visually-hidden">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((key) => (
              <tr key={key.id}>
                <td data-cell="main">
                  <b>{key.name}</b>
                  <small className="mono">{key.hint}</small>
                </td>
                {owner ? <td data-cell="second">{owner(key)}</td> : null}
                <td data-cell="line">
                  <Scopes names={key.scopes} />
                </td>
                <td data-cell="second" data-name="last used">
                  {key.last_used_at ? <Ago time={key.last_used_at} /> : <span className="dim">never</span>}
                </td>
                <td data-cell="second" data-name="ends">
                  {key.expires_at ? (
                    <Ago time={key.expires_at} />
                  ) : (
                    <span className="dim">not by itself</span>
                  )}
                </td>
                <td data-cell="state" data-align="right">
                  {isOver(key) ? (
                    <Tag>{key.revoked_at ? 'Revoked' : 'Expired'}</Tag>
                  ) : (
                    <span className={parts.keyActions}>
                      {rotate ? (
                        <Tooltip label="Replace by a new one">
                          <ActionIcon aria-label={`Replace ${key.name}`} onClick={() => rotate(key)}>
                            <IconRefresh size={16} />
                          </ActionIcon>
                        </Tooltip>
                      ) : null}
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={`Revoke ${key.name}`}
                        onClick={() => revoke(key)}
                      >
                        Revoke
                      </Button>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        empty
      )}
      <Pager first={cursor === null} previous={data.previous_cursor} next={data.next_cursor} turn={turn} />
    </Panel>
  );
}

function isOver(key: ApiKey): boolean {
  return key.revoked_at !== null || (key.expires_at !== null && new Date(key.expires_at) <= new Date());
}

const SHOWN = 4;

/** Names of permissions; many are counted instead. */
export function Scopes({ names }: { names: readonly string[] }) {
  return (
    <span className={parts.scopes}>
      {names.slice(0, SHOWN).map((name) => (
        <Tag key={name}>{name}</Tag>
      ))}
      {names.length > SHOWN ? (
        <Tooltip label={names.slice(SHOWN).join(', ')}>
          <span className="dim nowrap">and {names.length - SHOWN} more</span>
        </Tooltip>
      ) : null}
    </span>
  );
}
