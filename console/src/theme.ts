import {
  ActionIcon,
  Badge,
  Button,
  createTheme,
  Drawer,
  type MantineColorsTuple,
  Modal,
  Tooltip,
} from '@mantine/core';

/** The accent: the water on a bright day. The one colour that means "you can act here". */
const tide: MantineColorsTuple = [
  '#e5f6f8',
  '#cfeaee',
  '#a0d5de',
  '#6dbfcd',
  '#45acbd',
  '#2a9fb2',
  '#178fa3',
  '#0b7a8c',
  '#04606f',
  '#034854',
];

/** Greys with a drop of blue, from fog to deep water. */
const ink: MantineColorsTuple = [
  '#f4f7f9',
  '#e8edf1',
  '#dde4e9',
  '#d0d9df',
  '#c3ced6',
  '#93a4b1',
  '#5c6e7c',
  '#445665',
  '#2c3b48',
  '#15222c',
];

/** Mantine reads surfaces in the dark from this tuple: text first, deepest ground last. */
const dark: MantineColorsTuple = [
  '#d7e1e8',
  '#b4c3ce',
  '#8b9dab',
  '#61747f',
  '#33444f',
  '#243440',
  '#182632',
  '#0f1a23',
  '#0b141c',
  '#081016',
];

export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 5 },
  colors: { tide, ink, gray: ink, dark },
  black: '#0f1c26',
  white: '#ffffff',
  fontFamily: "'Plex Sans', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'Plex Mono', ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  headings: { fontFamily: "'Plex Sans', system-ui, sans-serif", fontWeight: '600' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    Badge: Badge.extend({
      defaultProps: { variant: 'light', radius: 'sm' },
      styles: { root: { textTransform: 'none' } },
    }),
    Drawer: Drawer.extend({
      defaultProps: { position: 'right', padding: 'lg', overlayProps: { backgroundOpacity: 0.35 } },
    }),
    Modal: Modal.extend({ defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 250, multiline: true, maw: 320 } }),
  },
});
