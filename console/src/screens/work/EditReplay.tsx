import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { type Job, useEditAndReplay, useTryEdit } from '../../api/jobs';
import { parse, pretty } from '../../lib/json';
import { lineChanges } from '../../lib/lines';
import { ProblemNote } from '../../ui/ProblemNote';
import { tell } from '../../ui/toasts';
import classes from './edit.module.css';
import work from './work.module.css';

/** Changes a dead job's arguments: first the difference and the server's word, then the replay. */
export function EditReplay({ job, opened, close }: { job: Job; opened: boolean; close: () => void }) {
  const before = pretty(job.arguments);
  const [text, setText] = useState(before);
  const [tried, setTried] = useState<string | null>(null);
  const trying = useTryEdit();
  const replaying = useEditAndReplay();
  const { value, problem } = parse(text);
  const error = replaying.error ?? trying.error;

  function dryRun() {
    const seen = text;
    trying.mutate({ id: job.id, arguments: value, dry_run: true }, { onSuccess: () => setTried(seen) });
  }

  function replay() {
    replaying.mutate(
      { id: job.id, arguments: value, dry_run: false },
      {
        onSuccess: () => {
          tell('It is ready again, with the new arguments');
          close();
        },
      },
    );
  }

  return (
    <Modal opened={opened} onClose={close} size="xl" title="Edit and replay">
      <div className={classes.edit}>
        <Textarea
          label="Arguments"
          description="JSON; checked against the kind’s own types before anything happens."
          autosize
          minRows={6}
          maxRows={18}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          value={text}
          error={problem}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {text === before ? null : <Difference before={before} after={text} />}
        {error ? <ProblemNote error={error} /> : null}
        <div className={work.actions}>
          <Button variant="default" disabled={problem !== null} loading={trying.isPending} onClick={dryRun}>
            Try without doing it
          </Button>
          <Button disabled={tried !== text} loading={replaying.isPending} onClick={replay}>
            Replay with these
          </Button>
          {tried === text ? <span role="status">The kind takes these arguments.</span> : null}
        </div>
      </div>
    </Modal>
  );
}

function Difference({ before, after }: { before: string; after: string }) {
  const removed = lineChanges(before, after).filter((line) => line.changed);
  const added = lineChanges(after, before).filter((line) => line.changed);
  return (
    <figure className={classes.difference}>
      <figcaption>What changes</figcaption>
      <pre>
        {removed.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <del key={index}>{`- ${line.text}\n`}</del>
        ))}
        {added.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <ins key={index}>{`+ ${line.text}\n`}</ins>
        ))}
      </pre>
    </figure>
  );
}
