import { Button, Select, Skeleton } from '@mantine/core';
import { IconAdjustments, IconSearch } from '@tabler/icons-react';
import { type Setting, useSettings } from '../../api/control';
import { plural } from '../../lib/format';
import { type Provenance, placeOf, provenanceOf, settingsBySection } from '../../lib/provenance';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './control.module.css';
import { Findings } from './Findings';

const FROM = [
  { value: 'set', label: 'Not the default' },
  { value: 'file', label: 'From a file' },
  { value: 'environment', label: 'From the environment' },
  { value: 'default', label: 'The default' },
];

/** Every effective setting with where it comes from, under what the doctor says of them. */
export function SettingsSection() {
  const [search, change] = useAddress();
  const { data, error, refetch } = useSettings();
  const words = search.get('q') ?? '';
  const from = FROM.find(({ value }) => value === search.get('from'))?.value ?? null;
  const found = settingsBySection(data ?? [], words, (from ?? 'any') as Provenance | 'any' | 'set');
  const all = [...found.values()].reduce((sum, settings) => sum + settings.length, 0);
  return (
    <div className={parts.stack}>
      <Findings find={(q) => change({ q, from: null })} />
      <section className={classes.group} aria-label="Effective settings">
        <header>
          <h2>Effective settings</h2>
          {data ? <span className="dim">{plural(all, 'setting')}</span> : null}
        </header>
        <search className={classes.filters}>
          <FilterText
            label="Setting"
            placeholder="Name, value, variable or what it is for"
            icon={<IconSearch size={15} />}
            value={words}
            change={(q) => change({ q })}
          />
          <Select
            aria-label="Where from"
            placeholder="From anywhere"
            clearable
            data={FROM}
            value={from}
            onChange={(value) => change({ from: value })}
          />
        </search>
        {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
        {data && all === 0 ? (
          <Panel>
            <Empty
              icon={<IconAdjustments size={40} stroke={1.3} />}
              title="No setting matches"
              actions={
                <Button variant="default" onClick={() => change({ q: null, from: null })}>
                  Show every setting
                </Button>
              }
            >
              Names, values, variables and descriptions are searched; a secret’s value is not known here.
            </Empty>
          </Panel>
        ) : null}
        {[...found].map(([section, settings]) => (
          <Section key={section} name={section} settings={settings} />
        ))}
      </section>
    </div>
  );
}

function Section({ name, settings }: { name: string; settings: readonly Setting[] }) {
  return (
    <Panel>
      <table className={`${uiClasses.table} ${parts.rows} ${classes.settings}`} aria-label={name}>
        <thead>
          <tr>
            <th className="mono">[{name}]</th>
            <th>Value</th>
            <th>From</th>
          </tr>
        </thead>
        <tbody>
          {settings.map((setting) => (
            <tr key={setting.name}>
              <td data-cell="line">
                <b className="mono">{setting.name}</b>
                <small>
                  <Ticked text={setting.description} />
                </small>
              </td>
              <td data-cell="line" data-name="value">
                <span className={`mono ${classes.value}`}>{setting.value}</span>
                <small>
                  {setting.expected}
                  {setting.source === 'default' ? null : `; the default is ${setting.default}`}
                </small>
              </td>
              <td data-cell="line">
                <From setting={setting} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Words between backquotes as code. */
function Ticked({ text }: { text: string }) {
  // Every second piece lies between two of them.
  // biome-ignore lint/suspicious/noArrayIndexKey: a piece of a text has no name but its place
  return text.split('`').map((piece, index) => (index % 2 ? <code key={index}>{piece}</code> : piece));
}

const WORDS: Record<Provenance, string> = { default: 'Default', file: 'File', environment: 'Environment' };

function From({ setting }: { setting: Setting }) {
  const from = provenanceOf(setting.source);
  if (from === 'default') {
    return (
      <span className={classes.from}>
        <Tag>{WORDS[from]}</Tag>
        <Copy text={setting.variable} label={`the variable of ${setting.name}`} />
      </span>
    );
  }
  return (
    <span className={classes.from}>
      <Tag tone="accent">{WORDS[from]}</Tag>
      <span className="mono">{placeOf(setting.source)}</span>
    </span>
  );
}
