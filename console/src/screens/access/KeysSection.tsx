import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { type ApiKey, useKeys, useRevokeKey } from '../../api/keys';
import { act } from '../../ui/act';
import { Confirm } from '../../ui/Confirm';
import { Empty } from '../../ui/Empty';
import { KeyTable } from '../../ui/KeyTable';
import { useAddress } from '../../ui/useAddress';
import classes from './access.module.css';
import { useNames } from './names';

/** Everybody's keys in the organization. */
export function KeysSection() {
  const [search, change] = useAddress();
  const cursor = search.get('cursor');
  const keys = useKeys('all', cursor, search.get('user'));
  const nameOf = useNames();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const revoke = useRevokeKey('all');
  return (
    <>
      <div className={classes.bar}>
        <p>
          A key acts for whoever made it, within what they may do at the moment. Make your own on My account.
        </p>
      </div>
      <KeyTable
        keys={keys}
        cursor={cursor}
        turn={(next) => change({ cursor: next })}
        owner={(key) => nameOf(key.user_id)}
        revoke={setRevoking}
        empty={
          <Empty icon={<IconKey size={40} stroke={1.3} />} title="Nobody has a key">
            People make them for their programs, on My account.
          </Empty>
        }
      />
      <Confirm
        opened={revoking !== null}
        title={`Revoke ${revoking?.name ?? ''}?`}
        words="Revoke it"
        danger
        pending={revoke.isPending}
        error={revoke.error}
        close={() => setRevoking(null)}
        act={() =>
          revoking &&
          act(revoke, revoking.id, { told: `${revoking.name} is revoked`, after: () => setRevoking(null) })
        }
      >
        {revoking ? `It acts for ${nameOf(revoking.user_id)}. ` : ''}Every server refuses it within a second.
        This cannot be undone.
      </Confirm>
    </>
  );
}
