import { Button } from '@mantine/core';
import { IconLifebuoy } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { Empty } from '../ui/Empty';

/** Catches a screen that fails, so that the rest of the console stays usable. */
export class Crash extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Empty
        icon={<IconLifebuoy size={40} stroke={1.3} />}
        title="This screen broke"
        actions={<Button onClick={() => window.location.reload()}>Load it again</Button>}
      >
        That is a mistake of the console, not of your server: {error.message}
      </Empty>
    );
  }
}
