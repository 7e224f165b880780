import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconBook2, IconCube, IconLogout, IconSearch } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { useMay, useSignedIn, useSignOut } from '../api/session';
import { CHOICES } from './ColourSwitch';
import type { PageEntry } from './pages';
import classes from './shell.module.css';

/** Ctrl-K: every page, every system and every switch, by name. */
export function CommandPalette({ pages }: { pages: readonly PageEntry[] }) {
  const [, go] = useLocation();
  const { modules } = useSignedIn();
  const mayLook = useMay('console:read');
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();

  const places: SpotlightActionData[] = pages.map(({ title, path, about, icon: Icon }) => ({
    id: `page ${path}`,
    label: title,
    description: about,
    leftSection: <Icon size={20} stroke={1.5} />,
    onClick: () => go(path),
  }));
  const systems: SpotlightActionData[] = (mayLook ? modules : []).map((name) => ({
    id: `system ${name}`,
    label: name,
    description: `The ${name} system: its routes, permissions and settings`,
    leftSection: <IconCube size={20} stroke={1.5} />,
    onClick: () => go(`/systems/${name}`),
  }));
  const commands: SpotlightActionData[] = [
    {
      id: 'api',
      label: 'API reference',
      description: 'Every route, to read and to try',
      leftSection: <IconBook2 size={20} stroke={1.5} />,
      onClick: () => window.location.assign('/docs'),
    },
    ...CHOICES.map(({ value, words, icon: Icon }) => ({
      id: `colours ${value}`,
      label: `Colours: ${words.toLowerCase()}`,
      leftSection: <Icon size={20} stroke={1.5} />,
      onClick: () => setColorScheme(value),
    })),
    {
      id: 'sign out',
      label: 'Sign out',
      leftSection: <IconLogout size={20} stroke={1.5} />,
      onClick: () => signOut.mutate(),
    },
  ];
  const actions: SpotlightActionGroupData[] = [
    { group: 'Pages', actions: places },
    { group: 'Systems', actions: systems },
    { group: 'Commands', actions: commands },
  ];
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K']}
      highlightQuery
      scrollable
      maxHeight={420}
      classNames={{ actionsGroup: classes.paletteGroup }}
      nothingFound="Nothing is called that"
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: 'Go to a page, a system, a command',
        'aria-label': 'Go to',
      }}
    />
  );
}
