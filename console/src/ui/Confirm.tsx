import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/problem';
import classes from './blocks.module.css';
import { ProblemNote } from './ProblemNote';

interface ConfirmProps {
  opened: boolean;
  title: string;
  /** What will happen, and that it cannot be undone if so. */
  children: ReactNode;
  /** The words on the button. */
  words: string;
  danger?: boolean;
  disabled?: boolean;
  pending: boolean;
  error: ApiError | null;
  close: () => void;
  act: () => void;
}

/** Asks once more before something that matters. */
export function Confirm(props: ConfirmProps) {
  const { opened, title, children, words, danger, disabled, pending, error, close, act } = props;
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <form
        className={classes.stack}
        onSubmit={(event) => {
          event.preventDefault();
          // Through a portal, and yet: React lets it rise to a form in which the question was asked.
          event.stopPropagation();
          act();
        }}
      >
        <div className={classes.say}>{children}</div>
        {error ? <ProblemNote error={error} /> : null}
        <div className={classes.actions}>
          <Button type="submit" color={danger ? 'red' : undefined} loading={pending} disabled={disabled}>
            {words}
          </Button>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
        </div>
      </form>
    </Modal>
  );
}
