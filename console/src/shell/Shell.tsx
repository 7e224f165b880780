import { ActionIcon, Drawer, Skeleton, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { Suspense, useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useSignedIn } from '../api/session';
import { FreshSignIn } from '../doors/FreshSignIn';
import { Mark } from '../ui/Mark';
import { Acting } from './Acting';
import { CommandPalette } from './CommandPalette';
import { Crash } from './Crash';
import { Navigation } from './Navigation';
import { NoSuchPage } from './NoSuchPage';
import { pagesOf } from './pages';
import classes from './shell.module.css';

/** Everything behind the sign-in: navigation, palette, and the screen that the address names. */
export function Shell() {
  const [menu, { open, close }] = useDisclosure();
  const [location] = useLocation();
  const session = useSignedIn();
  const pages = pagesOf(session);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever the address changes
  useEffect(close, [location]);

  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <aside className={classes.side}>
        <Navigation pages={pages} />
      </aside>
      <div className={classes.bar}>
        <ActionIcon aria-label="Open the menu" size="lg" color="gray.2" onClick={open}>
          <IconMenu2 size={20} />
        </ActionIcon>
        <span className={classes.barBrand}>
          <Mark size={24} /> backstay
        </span>
        <UnstyledButton className={classes.barSearch} aria-label="Go to" onClick={spotlight.open}>
          <IconSearch size={18} />
        </UnstyledButton>
      </div>
      <Drawer
        opened={menu}
        onClose={close}
        position="left"
        size={264}
        padding={0}
        withCloseButton={false}
        aria-label="Menu"
        classNames={{ content: classes.menu, body: classes.menuBody }}
      >
        <Navigation pages={pages} />
      </Drawer>
      <main id="content" className={classes.main} tabIndex={-1}>
        <Acting />
        <Crash key={location}>
          <Suspense fallback={<Opening />}>
            <Switch>
              <Route path="/">
                <Redirect to={pages[0]?.path ?? '/account'} replace />
              </Route>
              {pages.map(({ path, screen: Screen }) => (
                <Route key={path} path={`${path}/*?`}>
                  <Screen />
                </Route>
              ))}
              <Route>
                <NoSuchPage />
              </Route>
            </Switch>
          </Suspense>
        </Crash>
      </main>
      <CommandPalette pages={pages} />
      <FreshSignIn />
    </div>
  );
}

function Opening() {
  return (
    <div className={classes.opening} aria-busy="true">
      <Skeleton height={30} width={200} mb={26} />
      <Skeleton height={120} mb={14} />
      <Skeleton height={120} mb={14} />
    </div>
  );
}
