import { Button, SegmentedControl, Skeleton, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useRef, useState } from 'react';
import {
  type NewWords,
  usePutWords,
  useRemoveWords,
  useTriedWords,
  useWords,
  type Words as WordsOf,
} from '../../api/mail';
import type { ApiError } from '../../api/problem';
import { act } from '../../ui/act';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './deliveries.module.css';
import { MailFrame } from './MailFrame';
import own from './words.module.css';

/** What a template says in this organization: to be changed, seen at once, and given back to the module. */
export function Words({ name }: { name: string }) {
  const { data, error, refetch } = useWords(name);
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  return (
    <Editor
      // A version that was saved, or given back, is what one goes on writing from.
      key={`${data.version} ${data.changed_at}`}
      words={data}
      takeSaved={() => void refetch()}
    />
  );
}

interface EditorProps {
  words: WordsOf;
  takeSaved: () => void;
}

/** Long enough for a word to be finished, short enough to be called at once. */
const PAUSE = 350;

function Editor({ words, takeSaved }: EditorProps) {
  const { name, version } = words;
  const kept: NewWords = { subject: words.subject, text: words.text, mjml: words.mjml };
  const [draft, setDraft] = useState(kept);
  const [settled] = useDebouncedValue(draft, PAUSE);
  const tried = useTriedWords(name, settled);
  const put = usePutWords(name);
  const changed = PARTS.some((part) => draft[part] !== kept[part]);
  const newer = newerOf(put.error);

  const field = (part: keyof NewWords) => ({
    value: draft[part],
    error: faultOf(tried.error, part) ?? faultOf(put.error, part),
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setDraft((before) => ({ ...before, [part]: value }));
    },
  });

  function save(over: number) {
    act(put, { words: draft, version: over }, { told: 'Mails say this from the next one on' });
  }

  return (
    <div className={own.words}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save(version);
        }}
      >
        <TextInput label="Subject" maxLength={500} required withAsterisk={false} {...field('subject')} />
        <Textarea
          label="Text"
          description="For whoever reads no HTML"
          autosize
          minRows={5}
          maxRows={14}
          classNames={{ input: 'mono' }}
          maxLength={20_000}
          required
          withAsterisk={false}
          {...field('text')}
        />
        <Textarea
          label="MJML"
          description="Becomes the HTML part; layouts of the module can be extended"
          autosize
          minRows={8}
          maxRows={22}
          classNames={{ input: 'mono' }}
          maxLength={60_000}
          spellCheck={false}
          required
          withAsterisk={false}
          {...field('mjml')}
        />
        <Variables sample={words.sample} />
        {put.error && !hasFields(put.error) ? <ProblemNote error={put.error} /> : null}
        <div className={classes.actions}>
          {newer !== null ? (
            <>
              <Button loading={put.isPending} onClick={() => save(newer)}>
                Save mine over them
              </Button>
              <Button variant="default" onClick={takeSaved}>
                Take the saved ones
              </Button>
            </>
          ) : (
            <Button type="submit" loading={put.isPending} disabled={!changed}>
              Save
            </Button>
          )}
          {changed && newer === null ? (
            <Button variant="default" onClick={() => setDraft(kept)}>
              Undo the changes
            </Button>
          ) : null}
          {version > 0 ? <Restore name={name} /> : null}
        </div>
      </form>
      <Seen tried={tried} />
    </div>
  );
}

const PARTS = ['subject', 'text', 'mjml'] as const;

/** What the server says of this part, where it refuses it. */
function faultOf(error: ApiError | null, part: keyof NewWords): string | null {
  const faults = error?.problem.errors?.filter(({ pointer }) => pointer === `/${part}`) ?? [];
  return faults.map(({ message }) => message).join('; ') || null;
}

function hasFields(error: ApiError): boolean {
  return PARTS.some((part) => faultOf(error, part) !== null);
}

/** The version that somebody saved meanwhile, if that is why ours was refused. */
function newerOf(error: ApiError | null): number | null {
  if (error?.code !== 'stale_mail_words') return null;
  const { version } = error.problem as { version?: unknown };
  return typeof version === 'number' ? version : null;
}

/** What a variable is called in the words, and what it says in the preview. */
function Variables({ sample }: { sample: WordsOf['sample'] }) {
  const named = Object.entries(sample);
  if (named.length === 0) return null;
  return (
    <dl className={own.variables} aria-label="Variables">
      {named.map(([name, value]) => (
        <div key={name}>
          <dt>
            <Copy text={`{{ ${name} }}`} label={name} shown={`{{ ${name} }}`} />
          </dt>
          <dd className="truncate">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The draft with the template's sample data; what could be drawn last, while something is wrong with it. */
function Seen({ tried }: { tried: ReturnType<typeof useTriedWords> }) {
  const [part, setPart] = useState('html');
  const { error } = tried;
  const last = useRef(tried.data);
  if (tried.data) last.current = tried.data;
  const data = tried.data ?? last.current;
  return (
    <section className={own.seen} aria-label="Live preview" aria-busy={tried.isFetching}>
      <header>
        <h3>{data ? data.subject : 'Preview'}</h3>
        <SegmentedControl
          size="xs"
          aria-label="Part of the mail"
          value={part}
          onChange={setPart}
          data={[
            { value: 'html', label: 'HTML' },
            { value: 'text', label: 'Text' },
          ]}
        />
      </header>
      {error && !hasFields(error) ? <ProblemNote error={error} /> : null}
      {error && hasFields(error) ? (
        <p role="status">
          These words cannot be used yet: see the fields. {data ? 'Below is what could.' : ''}
        </p>
      ) : null}
      {data && part === 'html' ? <MailFrame html={data.html} title="Live preview of the HTML" /> : null}
      {data && part === 'text' ? <pre className={classes.text}>{data.text}</pre> : null}
      {!data && !error ? <Skeleton height={420} aria-busy="true" /> : null}
    </section>
  );
}

function Restore({ name }: { name: string }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemoveWords(name);
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Restore the default
      </Button>
      <Confirm
        opened={asking}
        title="Restore the default"
        words="Restore it"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() =>
          act(remove, undefined, {
            told: 'Mails say what the module wrote again',
            after: () => setAsking(false),
          })
        }
      >
        <p>Your organization’s words of {name} go, and cannot be brought back from here.</p>
      </Confirm>
    </>
  );
}
