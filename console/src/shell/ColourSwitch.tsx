import { Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import classes from './shell.module.css';

export const CHOICES = [
  { value: 'light', words: 'Light', icon: IconSun },
  { value: 'dark', words: 'Dark', icon: IconMoon },
  { value: 'auto', words: 'As the system', icon: IconDeviceDesktop },
] as const;

export function ColourSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div className={classes.colours} role="radiogroup" aria-label="Colours">
      {CHOICES.map(({ value, words, icon: Icon }) => (
        <Tooltip key={value} label={words}>
          <label data-chosen={colorScheme === value}>
            <input
              type="radio"
              name="colours"
              className="visually-hidden"
              aria-label={words}
              checked={colorScheme === value}
              onChange={() => setColorScheme(value)}
            />
            <Icon size={16} stroke={1.7} aria-hidden />
          </label>
        </Tooltip>
      ))}
    </div>
  );
}
