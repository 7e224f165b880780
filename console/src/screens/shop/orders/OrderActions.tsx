import { Button, Drawer } from '@mantine/core';
import { IconArrowBackUp, IconBan, IconNote, IconPackageExport, IconPencil } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { Order } from '../../../api/orders';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import parts from '../../../ui/blocks.module.css';
import { CancelForm } from './CancelForm';
import { EditForm } from './EditForm';
import { FulfilForm } from './FulfilForm';
import { NoteForm } from './NoteForm';
import { RefundForm } from './RefundForm';

/** How an order is being changed. Each form goes on from the version that it was opened on. */
export interface Changing {
  shop: Shop;
  order: Order;
  close: () => void;
}

interface Action {
  name: string;
  title: string;
  icon: ReactNode;
  may: boolean;
  form: (changing: Changing) => ReactNode;
}

/** What may happen to an order as it is now. */
export function OrderActions({ shop, order }: { shop: Shop; order: Order }) {
  const [doing, setDoing] = useState<{ name: string; order: Order } | null>(null);
  const mayChange = useMay('orders:change');
  const mayRefund = useMay('orders:refund');
  const actions = actionsOf(order, mayChange, mayRefund).filter(({ may }) => may);
  if (actions.length === 0) return null;
  const close = () => setDoing(null);
  const shown = actions.find(({ name }) => name === doing?.name);
  return (
    <>
      <div className={parts.actions}>
        {actions.map(({ name, title, icon }, index) => (
          <Button
            key={name}
            variant={index === 0 && name === 'send' ? 'filled' : 'default'}
            leftSection={icon}
            onClick={() => setDoing({ name, order })}
          >
            {title}
          </Button>
        ))}
      </div>
      <Drawer
        opened={shown !== undefined}
        onClose={close}
        size={620}
        title={shown ? `${shown.title}: ${order.number}` : ''}
      >
        {/* It goes on from what was seen when it was opened: what happened since is a 412, and not lost. */}
        {shown && doing ? (
          <div key={doing.name}>{shown.form({ shop, order: doing.order, close })}</div>
        ) : null}
      </Drawer>
    </>
  );
}

function actionsOf(order: Order, mayChange: boolean, mayRefund: boolean): Action[] {
  const untouched = order.status === 'pending' || order.status === 'paid';
  const toSend = order.status === 'paid' || order.status === 'partly_fulfilled';
  const held = order.paid - order.refunding - order.refunded;
  return [
    {
      name: 'send',
      title: 'Send',
      icon: <IconPackageExport size={16} />,
      may: mayChange && toSend,
      form: (changing) => <FulfilForm {...changing} />,
    },
    {
      name: 'refund',
      title: 'Refund',
      icon: <IconArrowBackUp size={16} />,
      may: mayRefund && held > 0,
      form: (changing) => <RefundForm {...changing} />,
    },
    {
      name: 'edit',
      title: 'Edit',
      icon: <IconPencil size={16} />,
      may: mayChange && untouched,
      form: (changing) => <EditForm {...changing} />,
    },
    {
      name: 'note',
      title: 'Note',
      icon: <IconNote size={16} />,
      may: mayChange,
      form: (changing) => <NoteForm {...changing} />,
    },
    {
      name: 'cancel',
      title: 'Cancel',
      icon: <IconBan size={16} />,
      may: mayChange && untouched,
      form: (changing) => <CancelForm {...changing} />,
    },
  ];
}
