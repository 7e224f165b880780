import { UnstyledButton } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { ApiError } from '../../../api/problem';
import own from './products.module.css';

interface InlineProps {
  label: string;
  /** As it reads. */
  children: ReactNode;
  /** As it is typed. */
  value: string;
  version: number;
  decimal?: boolean;
  disabled?: boolean;
  /** Null where what was typed can be saved, else why not. */
  fault?: (typed: string) => string | null;
  save: (typed: string, version: number) => Promise<unknown>;
  /** Has the newest version read, after somebody else was quicker. */
  again: () => Promise<unknown>;
}

/**
 * A value that is changed where it stands. Enter saves over the version that one saw; when somebody
 * changed it since, their value is shown, and Enter again saves over that.
 */
export function Inline(props: InlineProps) {
  const [editing, setEditing] = useState(false);
  if (editing) return <Editor {...props} close={() => setEditing(false)} />;
  if (props.disabled) return <span>{props.children}</span>;
  return (
    <UnstyledButton
      className={own.inline}
      aria-label={`Change ${props.label}`}
      onClick={() => setEditing(true)}
    >
      {props.children}
      <IconPencil size={13} aria-hidden />
    </UnstyledButton>
  );
}

function Editor({
  label,
  value,
  version,
  decimal,
  fault,
  save,
  again,
  close,
}: InlineProps & { close: () => void }) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(version);
  const [pending, setPending] = useState(false);
  const [stale, setStale] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const wrong = fault?.(typed) ?? null;

  async function submit() {
    if (wrong || pending) return;
    if (typed === value && !stale) {
      close();
      return;
    }
    setPending(true);
    setError(null);
    try {
      await save(typed, stale ? version : seen);
      close();
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 412) {
        await again();
        setStale(true);
        setSeen(version);
      } else {
        setError(problem instanceof Error ? problem.message : String(problem));
      }
    }
    setPending(false);
  }

  function press(event: KeyboardEvent) {
    if (event.key === 'Enter') {
      event.preventDefault();
      void submit();
    }
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  }

  const words =
    wrong ?? error ?? (stale ? `Somebody changed it: now ${value}. Enter saves yours over it.` : null);
  return (
    <span className={own.editor}>
      <input
        // biome-ignore lint/a11y/noAutofocus: it replaces the button that was just pressed
        autoFocus
        aria-label={label}
        aria-invalid={words !== null}
        inputMode={decimal ? 'decimal' : 'text'}
        value={typed}
        disabled={pending}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={() => {
          // Leaving an unchanged field is no wish; a changed one stays until it is saved or given up.
          if (typed === value) close();
        }}
      />
      {words ? <small role="alert">{words}</small> : <small>Enter saves, Escape leaves it</small>}
    </span>
  );
}
