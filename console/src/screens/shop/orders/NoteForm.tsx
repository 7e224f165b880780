import { Button, Switch, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useNoteOrder } from '../../../api/orders';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import type { Changing } from './OrderActions';

export function NoteForm({ shop, order, close }: Changing) {
  const [text, setText] = useState('');
  const [visible, setVisible] = useState(false);
  const note = useNoteOrder(shop.slug);
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        act(note, { order, given: { text, visible } }, { told: 'It is written down', after: close });
      }}
    >
      <Textarea
        label="Note"
        required
        autosize
        minRows={3}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Switch
        label="The customer reads it too"
        checked={visible}
        onChange={(event) => setVisible(event.currentTarget.checked)}
      />
      {note.error ? <ProblemNote error={note.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={note.isPending} disabled={!text.trim()}>
          Write it down
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
