import { Button } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { type ApiKey, useKeys, useRevokeKey, useRotateKey } from '../../api/keys';
import { act } from '../../ui/act';
import { Confirm } from '../../ui/Confirm';
import { Empty } from '../../ui/Empty';
import { KeyTable } from '../../ui/KeyTable';
import { Once } from '../../ui/Once';
import { useAddress } from '../../ui/useAddress';
import classes from './account.module.css';
import { NewKeyForm } from './NewKeyForm';

/** One's own keys: for programs that act for oneself. */
export function KeysSection() {
  const [search, change] = useAddress();
  const cursor = search.get('cursor');
  const keys = useKeys('own', cursor);
  const [making, setMaking] = useState(false);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const rotate = useRotateKey();
  const revoke = useRevokeKey('own');
  return (
    <>
      <div className={classes.bar}>
        <p>A key lets a program act for you, within the permissions that you choose and still have.</p>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          New key
        </Button>
      </div>
      <KeyTable
        keys={keys}
        cursor={cursor}
        turn={(next) => change({ cursor: next })}
        rotate={setRotating}
        revoke={setRevoking}
        empty={
          <Empty icon={<IconKey size={40} stroke={1.3} />} title="You have no keys">
            Make one for a script, a job or another service. It is shown once.
          </Empty>
        }
      />
      <NewKeyForm opened={making} close={() => setMaking(false)} />
      <Confirm
        opened={rotating !== null}
        title={`Replace ${rotating?.name ?? ''}?`}
        words={rotate.data ? 'I have kept it' : 'Make its successor'}
        pending={rotate.isPending}
        error={rotate.error}
        close={() => {
          setRotating(null);
          rotate.reset();
        }}
        act={() => {
          if (rotate.data || !rotating) {
            setRotating(null);
            rotate.reset();
          } else rotate.mutate({ id: rotating.id, overlap: 86_400 });
        }}
      >
        {rotate.data ? (
          <Once label="key" lines={[rotate.data.key]} />
        ) : (
          <p>You get a new key with the same permissions. The old one goes on working for a day.</p>
        )}
      </Confirm>
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
        Every server refuses it within a second. This cannot be undone.
      </Confirm>
    </>
  );
}
