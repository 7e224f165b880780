import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type ReactNode, useEffect, useState } from 'react';

interface FilterTextProps {
  label: string;
  placeholder: string;
  icon: ReactNode;
  value: string;
  change: (value: string) => void;
}

/** A text filter that waits for a pause in the typing. */
export function FilterText({ label, placeholder, icon, value, change }: FilterTextProps) {
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(change, 250);
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      leftSection={icon}
      value={typed}
      rightSection={
        typed ? <CloseButton size="sm" aria-label={`Clear ${label}`} onClick={() => change('')} /> : null
      }
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
    />
  );
}
