import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { usePurge } from '../../api/cache';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';

/** Forgets what is kept for the organization, by hand. */
export function PurgeButton() {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconEraser size={15} />}
        onClick={() => setAsking(true)}
      >
        Forget
      </Button>
      <Modal opened={asking} onClose={close} title="Forget what is kept">
        {asking ? <PurgeForm close={close} /> : null}
      </Modal>
    </>
  );
}

function PurgeForm({ close }: { close: () => void }) {
  const [tags, setTags] = useState('');
  const [everything, setEverything] = useState(false);
  const purge = usePurge();

  function submit(event: FormEvent) {
    event.preventDefault();
    const named = tags.split(/[\s,]+/).filter(Boolean);
    act(purge, everything ? { everything } : { tags: named }, {
      told: everything ? 'All that was kept is forgotten' : `Forgotten: ${named.join(', ')}`,
      after: close,
    });
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <div className={parts.say}>
        <p>Values of your organization are computed anew when they are next asked for. It is recorded.</p>
      </div>
      <TextInput
        label="Tags"
        description="Several with a space between them"
        data-autofocus
        required={!everything}
        disabled={everything}
        withAsterisk={false}
        classNames={{ input: 'mono' }}
        value={tags}
        onChange={(event) => setTags(event.currentTarget.value)}
      />
      <Checkbox
        label="All that is kept for the organization"
        checked={everything}
        onChange={(event) => setEverything(event.currentTarget.checked)}
      />
      {purge.error ? <ProblemNote error={purge.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={purge.isPending}>
          Forget it
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
