import { Drawer, Skeleton, Tabs } from '@mantine/core';
import { IconTemplate } from '@tabler/icons-react';
import { useTemplate, useTemplates } from '../../api/mail';
import { useMay } from '../../api/session';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './deliveries.module.css';
import { MailFrame } from './MailFrame';
import { Words } from './Words';

/** The templates that modules declare, to look at with their sample data. */
export function TemplatesSection() {
  const [search, change] = useAddress();
  const { data, error, refetch } = useTemplates();
  const name = search.get('template');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} radius={10} aria-busy="true" />;
  return (
    <Panel>
      {data.length === 0 ? (
        <Empty icon={<IconTemplate size={40} stroke={1.3} />} title="No module declares a template">
          A module lists its MailTemplate classes in its manifest’s `declares`.
        </Empty>
      ) : (
        <table className={`${uiClasses.table} ${classes.table} ${classes.templates}`}>
          <thead>
            <tr>
              <th>Template</th>
              <th>What it is</th>
              <th>Category</th>
              <th>Variables</th>
            </tr>
          </thead>
          <tbody>
            {data.map((template) => (
              <tr key={template.name} data-opened={template.name === name}>
                <td data-cell="main">
                  <button type="button" className="mono" onClick={() => change({ template: template.name })}>
                    {template.name}
                  </button>{' '}
                  {template.own_words ? <Tag tone="accent">Own words</Tag> : null}
                </td>
                <td data-cell="second">{template.description}</td>
                <td data-cell="state">
                  <Tag>{template.category}</Tag>{' '}
                </td>
                <td data-cell="second" className="mono dim">
                  {template.variables.join(', ') || 'none'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Drawer
        opened={name !== null}
        onClose={() => change({ template: null })}
        size="min(1180px, 100%)"
        title={<span className="mono">{name}</span>}
      >
        {name ? <Preview key={name} name={name} /> : null}
      </Drawer>
    </Panel>
  );
}

function Preview({ name }: { name: string }) {
  const { data, error, refetch } = useTemplate(name);
  const mayReword = useMay('mail:reword');
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <h2>{data.subject}</h2>
        {data.own_words ? <Tag tone="accent">Own words</Tag> : null}
      </div>
      <Tabs defaultValue="html" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="html">Preview</Tabs.Tab>
          <Tabs.Tab value="text">Text</Tabs.Tab>
          {mayReword ? <Tabs.Tab value="words">Words</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="html" pt="md">
          <MailFrame html={data.html} title={`Preview of ${name}`} />
        </Tabs.Panel>
        <Tabs.Panel value="text" pt="md">
          <pre className={classes.text}>{data.text}</pre>
        </Tabs.Panel>
        <Tabs.Panel value="words" pt="md">
          <Words name={name} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
