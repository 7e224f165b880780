import { Loader } from '@mantine/core';
import { useReceipt } from '../api/account';
import { plural } from '../lib/format';
import { KeyValues } from '../ui/KeyValues';
import { ProblemNote } from '../ui/ProblemNote';
import { Door, useSecretOfAddress } from './Door';

/** The receipt of an erasure: whose account has ended sees here what was done. */
export function Erased() {
  const token = useSecretOfAddress();
  const { data, error } = useReceipt(token || null);
  const rows = Object.values(data?.details ?? {}).reduce((all, one) => all + one, 0);
  return (
    <Door
      title="Your account has ended"
      lead={
        data?.done_at
          ? `It is done: ${plural(rows, 'row')} erased.`
          : 'Every device is signed out. What is kept about you is being erased.'
      }
      foot={<p>The receipt goes on working under this token: keep it if you need the proof.</p>}
    >
      {error ? <ProblemNote error={error} /> : null}
      {data ? (
        <KeyValues values={{ Receipt: data.id, Token: <span className="mono">{token}</span> }} />
      ) : (
        <Loader type="dots" aria-label="Loading" />
      )}
    </Door>
  );
}
