import {
  IconActivityHeartbeat,
  IconAdjustments,
  IconBriefcase,
  IconBuildingStore,
  IconLayoutGrid,
  IconNotes,
  IconPlusMinus,
  IconSend2,
  IconShieldCheck,
  IconUserCircle,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { holds, type Session } from '../api/session';

export interface PageEntry {
  title: string;
  path: string;
  /** What one finds there; shown in the command palette. */
  about: string;
  icon: TablerIcon;
  group: 'House' | 'Products' | 'You';
  /** Modules of which one must be composed for there to be such a page; none for the console's own. */
  modules: readonly string[];
  /** Permissions of which one must be held to see anything there. */
  needs: readonly string[];
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
    needs: ['console:read'],
    screen: lazy(() => import('../screens/systems/SystemsScreen')),
  },
  {
    title: 'Guarantees',
    path: '/guarantees',
    about: 'What is promised, and what happened when it was attacked',
    icon: IconShieldCheck,
    group: 'House',
    modules: [],
    needs: ['console:read'],
    screen: lazy(() => import('../screens/guarantees/GuaranteesScreen')),
  },
  {
    title: 'Traffic',
    path: '/traffic',
    about: 'Every request with everything it caused',
    icon: IconActivityHeartbeat,
    group: 'House',
    modules: ['traffic'],
    needs: ['traffic:read', 'traffic:operate'],
    screen: lazy(() => import('../screens/traffic/TrafficScreen')),
  },
  {
    title: 'Work',
    path: '/work',
    about: 'Jobs, queues, schedules and dead letters',
    icon: IconBriefcase,
    group: 'House',
    modules: ['jobs'],
    needs: ['jobs:read', 'jobs:operate'],
    screen: lazy(() => import('../screens/work/WorkScreen')),
  },
  {
    title: 'Deliveries',
    path: '/deliveries',
    about: 'Events, mails and texts on their way, and why each was or was not sent',
    icon: IconSend2,
    group: 'House',
    modules: ['mail', 'events', 'identity'],
    needs: ['mail:read', 'events:read', 'identity:texts'],
    screen: lazy(() => import('../screens/deliveries/DeliveriesScreen')),
  },
  {
    title: 'Access',
    path: '/access',
    about: 'People, roles and keys, what everybody did, and why something was denied',
    icon: IconUsersGroup,
    group: 'House',
    modules: ['identity', 'access', 'tenancy', 'apikeys', 'audit'],
    needs: ['identity:read', 'tenancy:read', 'access:read', 'apikeys:manage', 'audit:read'],
    screen: lazy(() => import('../screens/access/AccessScreen')),
  },
  {
    title: 'Control',
    path: '/control',
    about: 'Settings with where they come from, limits, the cache, and replays',
    icon: IconAdjustments,
    group: 'House',
    modules: [],
    needs: ['console:read', 'ratelimit:read', 'cache:read', 'idempotency:read'],
    screen: lazy(() => import('../screens/control/ControlScreen')),
  },
  {
    title: 'Shop',
    path: '/shop',
    about: 'Orders, products, stock, coupons and money of the organization’s shops',
    icon: IconBuildingStore,
    group: 'Products',
    modules: ['shops'],
    needs: ['shops:read'],
    screen: lazy(() => import('../screens/shop/ShopScreen')),
  },
  {
    title: 'Notes',
    path: '/notes',
    about: 'Personal notes in Markdown, with tags, search and sharing',
    icon: IconNotes,
    group: 'Products',
    modules: ['notes'],
    needs: ['notes:read'],
    screen: lazy(() => import('../screens/notes/NotesScreen')),
  },
  {
    title: 'Counters',
    path: '/counters',
    about: 'Numbers that many hands may move at once',
    icon: IconPlusMinus,
    group: 'Products',
    modules: ['counter'],
    needs: ['counter:read'],
    screen: lazy(() => import('../screens/counter/CountersScreen')),
  },
  {
    title: 'My account',
    path: '/account',
    about: 'Your profile, password, devices, second factor and keys',
    icon: IconUserCircle,
    group: 'You',
    modules: ['identity', 'apikeys'],
    needs: ['identity:self', 'apikeys:own'],
    screen: lazy(() => import('../screens/account/AccountScreen')),
  },
];

/** The pages on which this session finds anything. */
export function pagesOf(session: Session): PageEntry[] {
  return PAGES.filter(
    ({ modules, needs }) =>
      (modules.length === 0 || modules.some((name) => session.modules.includes(name))) &&
      needs.some((permission) => holds(session, permission)),
  );
}
