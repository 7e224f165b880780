import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { type FieldChange, type JobDetail, useEdit, type WhichJob } from '../../api/jobs';
import { changesOf } from '../../lib/edits';
import { parse, pretty } from '../../lib/json';
import { act } from '../../ui/act';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './edit.module.css';
import jobClasses from './job.module.css';

interface EditReplayProps {
  job: JobDetail;
  which: WhichJob;
  opened: boolean;
  close: () => void;
}

/** Changes a dead job's arguments: first what the server makes of it, then the replay. */
export function EditReplay({ job, which, opened, close }: EditReplayProps) {
  const [text, setText] = useState(() => pretty(job.arguments));
  const [tried, setTried] = useState<{ text: string; changes: FieldChange[] } | null>(null);
  const trying = useEdit();
  const replaying = useEdit();
  const parsed = parse(text);
  const edit = parsed.problem === null ? changesOf(job.arguments, parsed.value) : null;
  const problem = parsed.problem ?? edit?.problem ?? null;
  const changes = edit?.changes ?? {};
  const known = tried !== null && tried.text === text;
  const error = replaying.error ?? trying.error;

  return (
    <Modal opened={opened} onClose={close} size="xl" title="Edit and replay">
      <div className={classes.edit}>
        <Textarea
          label="Arguments"
          description="JSON; checked against the kind’s own types before anything happens. Stars stand for what is secret and stay as they are."
          autosize
          minRows={6}
          maxRows={18}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          value={text}
          error={problem}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {known ? <Difference changes={tried.changes} /> : null}
        {error ? <ProblemNote error={error} /> : null}
        <div className={jobClasses.actions}>
          <Button
            variant="default"
            disabled={problem !== null}
            loading={trying.isPending}
            onClick={() =>
              trying.mutate(
                { which, changes, dryRun: true },
                { onSuccess: (edited) => setTried({ text, changes: edited.changes }) },
              )
            }
          >
            Try without doing it
          </Button>
          <Button
            disabled={!known}
            loading={replaying.isPending}
            onClick={() =>
              act(
                replaying,
                { which, changes, dryRun: false },
                { told: 'It is ready again, with the new arguments', after: close },
              )
            }
          >
            Replay with these
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Difference({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <figure className={classes.difference}>
      <figcaption role="status">
        {changes.length ? 'The kind takes these arguments. What changes:' : 'Nothing changes.'}
      </figcaption>
      {changes.length ? (
        <pre>
          {changes.map(({ field, before, after }) => (
            <span key={field}>
              <del>{`- ${field}: ${JSON.stringify(before)}`}</del>
              <ins>{`+ ${field}: ${JSON.stringify(after)}`}</ins>
            </span>
          ))}
        </pre>
      ) : null}
    </figure>
  );
}
