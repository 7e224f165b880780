import { Button, Popover } from '@mantine/core';
import { IconRosetteDiscountCheck, IconRosetteDiscountCheckOff } from '@tabler/icons-react';
import { useAuditKey, useCheckpoints, useSignTrail, useVerification } from '../../api/audit';
import { count, plural } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import { Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { tellProblem } from '../../ui/toasts';
import audit from './audit.module.css';

/** Whether the trail is what was recorded: every hash and every signature gone through. */
export function Chain() {
  const verification = useVerification();
  const checkpoints = useCheckpoints();
  const sign = useSignTrail();
  const { data, error, isFetching, refetch } = verification;
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  // The list tells the newest last.
  const newest = (checkpoints.data ?? []).reduce<{ seq: number; at: string } | null>(
    (best, one) => (best && best.seq > one.seq ? best : one),
    null,
  );
  return (
    <Panel className={audit.chain} data-valid={data?.valid ?? true}>
      {data?.valid === false ? (
        <IconRosetteDiscountCheckOff size={34} stroke={1.4} aria-hidden />
      ) : (
        <IconRosetteDiscountCheck size={34} stroke={1.4} aria-hidden />
      )}
      <div role="status">
        <h2>{title(data)}</h2>
        <p>
          {data?.valid === false
            ? data.problem
            : data
              ? `${plural(data.records, 'record')}, each with the hash of the one before; ${plural(data.checkpoints, 'signature')} checked.`
              : 'Every hash and every signature is gone through.'}
          {newest ? (
            <>
              {' '}
              Signed up to no. {count(newest.seq)} <Ago time={newest.at} />.
            </>
          ) : null}
        </p>
      </div>
      <div className={audit.chainActions}>
        <Button size="compact-sm" variant="default" loading={isFetching} onClick={() => void refetch()}>
          Check again
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          loading={sign.isPending}
          onClick={() =>
            act(sign, undefined, { told: 'The trail is signed up to here', failed: tellProblem })
          }
        >
          Sign now
        </Button>
        <Key />
      </div>
    </Panel>
  );
}

function title(data: { valid: boolean; at_seq: number | null } | undefined): string {
  if (!data) return 'Checking the trail';
  if (data.valid) return 'The trail is what was recorded';
  return data.at_seq === null ? 'The trail was tampered with' : `The trail breaks at no. ${data.at_seq}`;
}

/** What checks the signatures elsewhere; to be kept somewhere else than the records. */
function Key() {
  const { data } = useAuditKey();
  return (
    <Popover width={360} position="bottom-end" withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant="default">
          Key
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={audit.key}>
        <p>Keep this key elsewhere. With it and an export anybody checks the trail without this server:</p>
        <p className="mono">backstay audit verifier</p>
        {data ? (
          <KeyValues
            values={{
              'Key id': data.key_id,
              Ed25519: <Copy text={data.public_key} label="public key" shown={data.public_key} />,
            }}
          />
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}
