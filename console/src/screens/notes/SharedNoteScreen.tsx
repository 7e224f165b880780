import { Loader } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useSharedNote } from '../../api/notes';
import { Ago } from '../../ui/Ago';
import { Empty } from '../../ui/Empty';
import { Mark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import prose from '../../ui/prose.module.css';
import classes from './notes.module.css';

/** What somebody sees who follows a share link: the note, and nothing of the console. */
export default function SharedNoteScreen({ token }: { token: string }) {
  const { data, error, refetch } = useSharedNote(token);
  useEffect(() => {
    document.title = data ? data.title : 'Shared note';
  }, [data]);
  return (
    <main className={classes.shared}>
      {!data && !error ? <Loader type="dots" aria-label="Loading" /> : null}
      {error && error.status !== 404 && error.status !== 410 ? (
        <ProblemNote error={error} retry={() => void refetch()} />
      ) : null}
      {error?.status === 404 || error?.status === 410 ? (
        <Empty icon={<IconLinkOff size={40} stroke={1.3} />} title="This link leads nowhere">
          The note is no longer shared, or the link was cut short on its way to you.
        </Empty>
      ) : null}
      {data ? (
        <Panel className={classes.sheet}>
          <h1>{data.title}</h1>
          <small className="dim">
            Changed <Ago time={data.updated_at} />
          </small>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the server renders it and sanitises it with nh3 */}
          <div className={prose.prose} dangerouslySetInnerHTML={{ __html: data.html }} />
        </Panel>
      ) : null}
      <footer>
        <Mark size={18} /> kept by backstay
      </footer>
    </main>
  );
}
