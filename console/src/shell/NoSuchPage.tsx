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
          <Button component={Link} href="/">
            To the first page
          </Button>
        }
      >
        The link may be old, the module that it belongs to may not be composed into this server, or you may
        not look at it.
      </Empty>
    </Page>
  );
}
