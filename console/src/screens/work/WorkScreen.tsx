import { useRoute } from 'wouter';
import { useQueues } from '../../api/jobs';
import { useMay } from '../../api/session';
import { Page } from '../../ui/Page';
import { Sections } from '../../ui/Sections';
import { useAddress } from '../../ui/useAddress';
import { DeadSection } from './DeadSection';
import { JobDrawer } from './JobDrawer';
import { JobsSection } from './JobsSection';
import { Overview } from './Overview';
import { SchedulesSection } from './SchedulesSection';

export default function WorkScreen() {
  const [, params] = useRoute('/work/:section');
  const [search, change] = useAddress();
  const mayOperate = useMay('jobs:operate');
  const queues = useQueues(mayOperate);
  const section = params?.section ?? (mayOperate ? 'overview' : 'jobs');
  const dead = queues.data?.reduce((all, queue) => all + queue.dead, 0) ?? null;
  return (
    <Page title="Work" lead="Jobs, their queues and schedules: what runs, what waits and why, what died.">
      <Sections
        label="Work"
        sections={[
          ...(mayOperate ? [{ path: '/work', title: 'Overview' }] : []),
          { path: '/work/jobs', title: 'Jobs' },
          ...(mayOperate ? [{ path: '/work/schedules', title: 'Schedules' }] : []),
          { path: '/work/dead', title: 'Dead letters', count: dead, urgent: true },
        ]}
      />
      {section === 'overview' ? <Overview /> : null}
      {section === 'jobs' ? <JobsSection /> : null}
      {section === 'schedules' ? <SchedulesSection /> : null}
      {section === 'dead' ? <DeadSection /> : null}
      <JobDrawer
        id={search.get('job')}
        organization={search.get('organization')}
        close={() => change({ job: null })}
      />
    </Page>
  );
}
