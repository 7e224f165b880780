import { Link } from 'wouter';
import type { GuaranteeCounts, Part, System } from '../../api/systems';
import { Dot, Tag } from '../../ui/signs';
import { healthTone, healthWords, type Tone } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import classes from './systems.module.css';

export function SystemCard({ system, parts }: { system: System; parts: readonly Part[] }) {
  const engines = parts.filter((part) => system.parts.includes(part.name));
  return (
    <Link href={`/systems/${system.name}`} className={`${uiClasses.panel} ${classes.card}`}>
      <div className={classes.cardHead}>
        <Dot tone={healthTone(system.health)} label={healthWords(system.health)} />
        <h3>{system.name}</h3>
        <span className={classes.engines}>
          {engines.map((part) => part.engine).join(', ') || 'in process'}
        </span>
      </div>
      <p className={classes.summary}>{system.summary}</p>
      <div className={classes.figure}>
        {system.card ? (
          <>
            <b>{system.card.value}</b> <span>{system.card.label}</span>
          </>
        ) : (
          <span>{healthWords(system.health)}</span>
        )}
      </div>
      <div className={classes.cardFoot}>
        <Guarantees counts={system.guarantees} />
        {system.requires.length ? <span className="truncate">needs {system.requires.join(', ')}</span> : null}
      </div>
    </Link>
  );
}

const KINDS: [keyof GuaranteeCounts, Tone, string][] = [
  ['violated', 'bad', 'violated'],
  ['held', 'good', 'held'],
  ['weaker', 'warn', 'weaker here'],
  ['unproven', 'rest', 'unproven'],
];

export function Guarantees({ counts }: { counts: GuaranteeCounts }) {
  const shown = KINDS.filter(([kind]) => (counts[kind] ?? 0) > 0);
  if (shown.length === 0) return <span className={classes.none}>promises nothing yet</span>;
  return (
    <span className={classes.counts}>
      {shown.map(([kind, tone, words]) => (
        <Tag key={kind} tone={tone}>
          {counts[kind]} {words}
        </Tag>
      ))}
    </span>
  );
}
