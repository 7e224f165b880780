import { Menu, Tooltip, UnstyledButton } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconBook2, IconChevronUp, IconLogout, IconSearch, IconUserCircle } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { useHasAccount, useSignedIn, useSignOut } from '../api/session';
import { Mark } from '../ui/Mark';
import { ColourSwitch } from './ColourSwitch';
import type { PageEntry } from './pages';
import classes from './shell.module.css';

const GROUPS = ['House', 'Products', 'You'] as const;

export function Navigation({ pages }: { pages: readonly PageEntry[] }) {
  const [location] = useLocation();
  const { application, environment, version } = useSignedIn();
  return (
    <div className={classes.navigation}>
      <Link href="/" className={classes.brand}>
        <Mark size={30} />
        <span>
          <b>backstay</b>
          <small>
            {application} · {environment}
          </small>
        </span>
      </Link>
      <UnstyledButton className={classes.search} onClick={spotlight.open}>
        <IconSearch size={15} aria-hidden />
        <span>Go to</span>
        <kbd>Ctrl K</kbd>
      </UnstyledButton>
      <nav aria-label="Console">
        {GROUPS.map((group) => {
          const entries = pages.filter((page) => page.group === group);
          if (entries.length === 0) return null;
          return (
            <section key={group}>
              <h2>{group}</h2>
              <ul>
                {entries.map(({ title, path, icon: Icon }) => {
                  const here = location === path || location.startsWith(`${path}/`);
                  return (
                    <li key={path}>
                      <Link href={path} className={classes.entry} aria-current={here ? 'page' : undefined}>
                        <Icon size={18} stroke={1.6} aria-hidden />
                        {title}
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </section>
          );
        })}
        <section>
          <h2>Reference</h2>
          <ul>
            <li>
              <a className={classes.entry} href="/docs">
                <IconBook2 size={18} stroke={1.6} aria-hidden />
                API
              </a>
            </li>
          </ul>
        </section>
      </nav>
      <div className={classes.foot}>
        <ColourSwitch />
        <Who />
        <Tooltip label="The version of backstay that this server runs">
          <small className={classes.version}>backstay {version}</small>
        </Tooltip>
      </div>
    </div>
  );
}

function Who() {
  const { actor } = useSignedIn();
  const account = useHasAccount();
  const signOut = useSignOut();
  return (
    <Menu position="top-start" width={216} withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.who} aria-label={`Signed in as ${actor.name}`}>
          <span className={classes.initial} aria-hidden>
            {actor.name.slice(0, 1).toUpperCase()}
          </span>
          <span className="truncate">{actor.name}</span>
          <IconChevronUp size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {actor.permissions.includes('*')
            ? 'May do everything'
            : `Holds ${actor.permissions.length} permissions`}
        </Menu.Label>
        {account ? (
          <Menu.Item component={Link} href="/account" leftSection={<IconUserCircle size={15} />}>
            My account
          </Menu.Item>
        ) : null}
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
