import { Drawer, Skeleton, Tabs } from '@mantine/core';
import { type System, type SystemDetail, useSystem } from '../../api/systems';
import { ProblemNote } from '../../ui/ProblemNote';
import prose from '../../ui/prose.module.css';
import { Dot, Tag } from '../../ui/signs';
import { healthTone, healthWords } from '../../ui/tone';
import { Guarantees } from './SystemCard';
import classes from './systems.module.css';

interface SystemDrawerProps {
  name: string | null;
  system: System | undefined;
  close: () => void;
}

export function SystemDrawer({ name, system, close }: SystemDrawerProps) {
  return (
    <Drawer
      opened={name !== null}
      onClose={close}
      size="xl"
      title={
        <span className={classes.drawerTitle}>
          {system ? <Dot tone={healthTone(system.health)} label={healthWords(system.health)} /> : null}
          {name}
        </span>
      }
    >
      {name ? <Detail name={name} system={system} /> : null}
    </Drawer>
  );
}

function Detail({ name, system }: { name: string; system: System | undefined }) {
  const { data, error, refetch } = useSystem(name);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={320} aria-busy="true" />;
  return (
    <div className={classes.detail}>
      <p className={classes.detailSummary}>{data.summary}</p>
      <div className={classes.detailFacts}>
        {system ? <Guarantees counts={system.guarantees} /> : null}
        <span className="mono dim">{data.package}</span>
      </div>
      {system?.checks.map((check) => (
        <div key={check.name} className={classes.check}>
          <Dot tone={healthTone(check.health)} />
          <b>{check.name}</b>
          <span className="dim">{check.message || healthWords(check.health)}</span>
        </div>
      ))}
      <Tabs defaultValue={data.readme ? 'about' : 'routes'} keepMounted={false}>
        <Tabs.List>
          {data.readme ? <Tabs.Tab value="about">About</Tabs.Tab> : null}
          <Tabs.Tab value="routes">Routes {data.routes.length}</Tabs.Tab>
          <Tabs.Tab value="permissions">Permissions {data.permissions.length}</Tabs.Tab>
          <Tabs.Tab value="settings">Settings {data.settings.length}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="about" pt="md">
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the server sanitises it with nh3 */}
          <div className={prose.prose} dangerouslySetInnerHTML={{ __html: data.readme }} />
        </Tabs.Panel>
        <Tabs.Panel value="routes" pt="xs">
          <Routes detail={data} />
        </Tabs.Panel>
        <Tabs.Panel value="permissions" pt="xs">
          <Permissions detail={data} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" pt="xs">
          <Settings detail={data} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Routes({ detail }: { detail: SystemDetail }) {
  if (detail.routes.length === 0) return <p className="dim">It has no routes of its own.</p>;
  return (
    <ul className={classes.list}>
      {detail.routes.map((route) => (
        <li key={route.method + route.path}>
          <span className={classes.route}>
            <b className="mono">{route.method}</b>
            <span className="mono">{route.path}</span>
          </span>
          <span className={classes.under}>
            <span className="dim">{route.summary}</span>
            {route.permission ? <Tag>{route.permission}</Tag> : <Tag tone="accent">public</Tag>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Permissions({ detail }: { detail: SystemDetail }) {
  if (detail.permissions.length === 0) return <p className="dim">It declares no permissions.</p>;
  return (
    <ul className={classes.list}>
      {detail.permissions.map((permission) => (
        <li key={permission.name}>
          <b className="mono">{permission.name}</b>
          <span className="dim">{permission.description}</span>
        </li>
      ))}
    </ul>
  );
}

function Settings({ detail }: { detail: SystemDetail }) {
  if (detail.settings.length === 0) return <p className="dim">It has nothing to set.</p>;
  return (
    <ul className={classes.list}>
      {detail.settings.map((setting) => (
        <li key={setting.name}>
          <span className={classes.under}>
            <span className="mono">{setting.name}</span>
            <b className="mono">{setting.value}</b>
          </span>
          <span className="dim">from {setting.provenance}</span>
        </li>
      ))}
    </ul>
  );
}
