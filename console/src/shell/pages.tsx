import {
  IconActivityHeartbeat,
  IconBriefcase,
  IconLayoutGrid,
  IconNotes,
  IconPlusMinus,
  IconSend2,
  IconShieldCheck,
  type TablerIcon,
} from '@tabler/icons-react';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

export interface PageEntry {
  title: string;
  path: string;
  /** What one finds there; shown in the command palette. */
  about: string;
  icon: TablerIcon;
  group: 'House' | 'Products';
  /** Modules of which one must be composed for there to be such a page; none for the console's own. */
  modules: readonly string[];
  screen: LazyExoticComponent<ComponentType>;
}

/** Every page there can be, in the order of the design; the shell shows those whose module is composed. */
export const PAGES: readonly PageEntry[] = [
  {
    title: 'Systems',
    path: '/systems',
    about: 'Every module, how it is doing, and what it stands on',
    icon: IconLayoutGrid,
    group: 'House',
    modules: [],
    screen: lazy(() => import('../screens/systems/SystemsScreen')),
  },
  {
    title: 'Guarantees',
    path: '/guarantees',
    about: 'What is promised, and what happened when it was attacked',
    icon: IconShieldCheck,
    group: 'House',
    modules: [],
    screen: lazy(() => import('../screens/guarantees/GuaranteesScreen')),
  },
  {
    title: 'Traffic',
    path: '/traffic',
    about: 'Every request with everything it caused',
    icon: IconActivityHeartbeat,
    group: 'House',
    modules: ['traffic'],
    screen: lazy(() => import('../screens/traffic/TrafficScreen')),
  },
  {
    title: 'Work',
    path: '/work',
    about: 'Jobs, queues, schedules and dead letters',
    icon: IconBriefcase,
    group: 'House',
    modules: ['jobs'],
    screen: lazy(() => import('../screens/work/WorkScreen')),
  },
  {
    title: 'Deliveries',
    path: '/deliveries',
    about: 'Mails on their way, and why each was or was not sent',
    icon: IconSend2,
    group: 'House',
    modules: ['mail'],
    screen: lazy(() => import('../screens/deliveries/DeliveriesScreen')),
  },
  {
    title: 'Notes',
    path: '/notes',
    about: 'Personal notes in Markdown, with tags, search and sharing',
    icon: IconNotes,
    group: 'Products',
    modules: ['notes'],
    screen: lazy(() => import('../screens/notes/NotesScreen')),
  },
  {
    title: 'Counters',
    path: '/counters',
    about: 'Numbers that many hands may move at once',
    icon: IconPlusMinus,
    group: 'Products',
    modules: ['counter'],
    screen: lazy(() => import('../screens/counter/CountersScreen')),
  },
];

export function pagesOf(modules: readonly string[]): PageEntry[] {
  return PAGES.filter(
    (page) => page.modules.length === 0 || page.modules.some((name) => modules.includes(name)),
  );
}
