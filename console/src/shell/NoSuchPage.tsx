import { Button } from '@mantine/core';
import { IconCompass } from '@tabler/icons-react';
import { Link } from 'wouter';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';

export function NoSuchPage() {
  return (
    <Page title="Off the chart">
      <Empty
        icon={<IconCompass size={40} stroke={1.3} />}
        title="There is no page at this address"
        actions={
          <Button component={Link} href="/systems">
            To the systems
          </Button>
        }
      >
        The link may be old, or the module that it belongs to is not composed into this server.
      </Empty>
    </Page>
  );
}
