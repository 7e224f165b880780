import { Button, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconExternalLink, IconRefreshDot } from '@tabler/icons-react';
import { useState } from 'react';
import {
  type Payment,
  useCancelPayment,
  useCapture,
  useReconcile,
  useRefundPayment,
} from '../../../api/payments';
import { useMay } from '../../../api/session';
import { onceKey } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { money, readMoney } from '../../../lib/money';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { tellProblem } from '../../../ui/toasts';

type Asking = 'capture' | 'refund' | 'cancel' | null;

/** What may be done with a payment as it is now. */
export function PaymentActions({ payment }: { payment: Payment }) {
  const [asking, setAsking] = useState<Asking>(null);
  const mayCapture = useMay('payments:capture');
  const mayRefund = useMay('payments:refund');
  const mayRequest = useMay('payments:request');
  const reconcile = useReconcile();
  const left = payment.captured - payment.refunded - payment.refunding;
  const open = ['pending', 'processing', 'authorized'].includes(payment.status);
  // An order's money goes back through the order, which then knows for what.
  const ofOrder = payment.subject_kind === 'order';
  const close = () => setAsking(null);
  return (
    <div className={parts.actions}>
      {mayCapture && payment.status === 'authorized' && payment.capture_requested === null ? (
        <Button size="compact-sm" onClick={() => setAsking('capture')}>
          Take {money(payment.amount, payment.currency)}
        </Button>
      ) : null}
      {mayRefund && left > 0 && !ofOrder ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={15} />}
          onClick={() => setAsking('refund')}
        >
          Refund
        </Button>
      ) : null}
      {mayRequest ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRefreshDot size={15} />}
          loading={reconcile.isPending}
          onClick={() =>
            act(reconcile, payment.id, {
              told: (found) =>
                found.length === 0
                  ? 'The provider says the same'
                  : `${plural(found.length, 'figure')} differ: ${found.map(({ what }) => what).join(', ')}`,
              failed: tellProblem,
            })
          }
        >
          Compare with the provider
        </Button>
      ) : null}
      {payment.session_url ? (
        <Button
          size="compact-sm"
          variant="default"
          component="a"
          href={payment.session_url}
          target="_blank"
          rel="noreferrer noopener"
          leftSection={<IconExternalLink size={15} />}
        >
          The page to pay on
        </Button>
      ) : null}
      {mayRequest && open && !ofOrder ? (
        <Button size="compact-sm" variant="default" onClick={() => setAsking('cancel')}>
          Cancel
        </Button>
      ) : null}
      <Capture payment={payment} opened={asking === 'capture'} close={close} />
      <Refund payment={payment} left={left} opened={asking === 'refund'} close={close} />
      <Cancel payment={payment} opened={asking === 'cancel'} close={close} />
    </div>
  );
}

interface AskProps {
  payment: Payment;
  opened: boolean;
  close: () => void;
}

function Capture({ payment, opened, close }: AskProps) {
  const [key] = useState(onceKey);
  const capture = useCapture();
  const sum = money(payment.amount, payment.currency);
  return (
    <Confirm
      opened={opened}
      title={`Take ${sum}`}
      words="Take it"
      pending={capture.isPending}
      error={capture.error}
      close={close}
      act={() => act(capture, { id: payment.id, key }, { told: `${sum} is being taken`, after: close })}
    >
      <p>What is reserved is taken from the customer.</p>
    </Confirm>
  );
}

function Cancel({ payment, opened, close }: AskProps) {
  const cancel = useCancelPayment();
  return (
    <Confirm
      opened={opened}
      title="Cancel the payment"
      words="Cancel it"
      danger
      pending={cancel.isPending}
      error={cancel.error}
      close={close}
      act={() => act(cancel, payment.id, { told: 'It is canceled', after: close })}
    >
      <p>Nobody can pay it any more, and what is reserved is let go.</p>
    </Confirm>
  );
}

function Refund({ payment, left, opened, close }: AskProps & { left: number }) {
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(onceKey);
  const refund = useRefundPayment();
  const sum = readMoney(amount, payment.currency);
  const wrong = sum === null || sum === 0 || sum > left;
  return (
    <Confirm
      opened={opened}
      title="Give money back"
      words={wrong ? 'Give it back' : `Give back ${money(sum, payment.currency)}`}
      disabled={wrong || !reason.trim()}
      pending={refund.isPending}
      error={refund.error}
      close={close}
      act={() =>
        act(
          refund,
          { id: payment.id, key, amount: sum ?? 0, reason },
          {
            told: `${money(sum ?? 0, payment.currency)} is going back`,
            after: () => {
              setKey(onceKey());
              close();
            },
          },
        )
      }
    >
      <TextInput
        label={`Amount (${payment.currency})`}
        description={`At most ${money(left, payment.currency)}`}
        inputMode="decimal"
        value={amount}
        error={amount && wrong ? 'So much cannot go back' : null}
        onChange={(event) => {
          setAmount(event.currentTarget.value);
          setKey(onceKey());
        }}
      />
      <TextInput label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </Confirm>
  );
}
