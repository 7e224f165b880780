import { Button, CloseButton } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { current, dismiss, subscribe } from './toasts';
import classes from './toasts.module.css';

export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, current);
  return (
    <div className={classes.stack} role="status" aria-live="polite">
      {toasts.map(({ id, tone, title, detail, undo }) => (
        <div key={id} className={classes.toast} data-tone={tone}>
          <div>
            <b>{title}</b>
            {detail ? <p>{detail}</p> : null}
          </div>
          {undo ? (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              Undo
            </Button>
          ) : null}
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
