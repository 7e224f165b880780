import { Button, Modal } from '@mantine/core';
import type { Draft, ReadNote } from '../../api/notes';
import { lineChanges } from '../../lib/lines';
import { Ago } from '../../ui/Ago';
import { Tag } from '../../ui/signs';
import classes from './notes.module.css';

interface ConflictProps {
  mine: Draft;
  theirs: ReadNote | null;
  saving: boolean;
  keepMine: () => void;
  takeTheirs: () => void;
  goOn: () => void;
}

/** Somebody saved between our reading and our saving: nothing is lost, both versions are here. */
export function Conflict({ mine, theirs, saving, keepMine, takeTheirs, goOn }: ConflictProps) {
  return (
    <Modal
      opened={theirs !== null}
      onClose={goOn}
      size={900}
      title={<b>This note was changed while you were writing</b>}
    >
      {theirs ? (
        <div className={classes.conflict}>
          <p>
            Version {theirs.note.version} was saved <Ago time={theirs.note.updated_at} />. Nothing is lost:
            here are both, with the lines that differ marked.
          </p>
          <div className={classes.sides}>
            <Side name="Yours, not saved yet" draft={mine} other={theirs.note} />
            <Side name={`Saved, version ${theirs.note.version}`} draft={theirs.note} other={mine} />
          </div>
          <div className={classes.choices}>
            <Button variant="default" onClick={goOn}>
              Go on writing mine
            </Button>
            <Button variant="default" onClick={takeTheirs}>
              Take the saved one
            </Button>
            <Button loading={saving} onClick={keepMine}>
              Save mine over it
            </Button>
          </div>
        </div>
      ) : null}
    </Modal>
  );
}

function Side({ name, draft, other }: { name: string; draft: Draft; other: Draft }) {
  return (
    <section className={classes.side} aria-label={name}>
      <h3>{name}</h3>
      <b data-changed={draft.title !== other.title}>{draft.title}</b>
      <span className={classes.tags}>
        {draft.tags.map((tag) => (
          <Tag key={tag} tone={other.tags.includes(tag) ? 'rest' : 'warn'}>
            {tag}
          </Tag>
        ))}
      </span>
      <pre>
        {lineChanges(draft.body, other.body).map(({ text, changed }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
          <span key={place} data-changed={changed}>
            {text || ' '}
          </span>
        ))}
      </pre>
    </section>
  );
}
