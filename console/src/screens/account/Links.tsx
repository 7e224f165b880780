import { ActionIcon, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { type IdentityLink, useLinks, useProviders, useProviderVisit, useUnlink } from '../../api/providers';
import { ProviderButton } from '../../doors/ByProvider';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';

/** The accounts elsewhere that open this one; nothing where there neither are nor can be any. */
export function Links() {
  const { data, error, refetch } = useLinks();
  const providers = useProviders().data ?? [];
  const visit = useProviderVisit('link');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data || !(data.length || providers.length)) return null;
  const others = providers.filter(({ id }) => !data.some(({ provider }) => provider === id));
  return (
    <Panel className={parts.section}>
      <h2>Linked accounts</h2>
      <p>Sign in with an account that you have elsewhere. Your second factor is asked for all the same.</p>
      {data.length ? (
        <table className={`${uiClasses.table} ${parts.rows}`} aria-label="Linked accounts">
          <tbody>
            {data.map((link) => (
              <LinkRow
                key={link.id}
                link={link}
                name={providers.find(({ id }) => id === link.provider)?.name ?? link.provider}
              />
            ))}
          </tbody>
        </table>
      ) : (
        <div>
          <Tag>None yet</Tag>
        </div>
      )}
      {visit.error ? <ProblemNote error={visit.error} /> : null}
      {others.length ? (
        <div className={parts.actions}>
          {others.map((provider) => (
            <ProviderButton key={provider.id} provider={provider} words="Link" visit={visit} />
          ))}
        </div>
      ) : null}
    </Panel>
  );
}

function LinkRow({ link, name }: { link: IdentityLink; name: string }) {
  const [asking, setAsking] = useState(false);
  const unlink = useUnlink();
  return (
    <tr>
      <td data-cell="main">
        <b>{name}</b>
        {link.mail ? <small>{link.mail}</small> : null}
        <small>
          Linked <Ago time={link.created_at} />
          {link.used_at ? (
            <>
              , used <Ago time={link.used_at} />
            </>
          ) : null}
        </small>
      </td>
      <td data-cell="action" data-align="right">
        <Tooltip label="Remove">
          <ActionIcon aria-label={`Remove ${name}`} onClick={() => setAsking(true)}>
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
        <Confirm
          opened={asking}
          title={`Remove ${name}?`}
          words="Remove it"
          danger
          pending={unlink.isPending}
          error={unlink.error}
          close={() => setAsking(false)}
          act={() => act(unlink, link.id, { told: `${name} is removed`, after: () => setAsking(false) })}
        >
          Your account there opens this one no more. Who is signed in by it stays so, until you end it under
          Devices.
        </Confirm>
      </td>
    </tr>
  );
}
