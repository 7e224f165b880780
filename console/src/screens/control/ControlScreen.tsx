import { useRoute } from 'wouter';
import { holds, useSignedIn } from '../../api/session';
import { Page } from '../../ui/Page';
import { Sections } from '../../ui/Sections';
import { CacheSection } from './CacheSection';
import { LimitsSection } from './LimitsSection';
import { ReplaysSection } from './ReplaysSection';
import { SettingsSection } from './SettingsSection';

const SECTIONS = [
  { name: 'settings', title: 'Settings', module: 'console', needs: 'console:read', show: SettingsSection },
  { name: 'limits', title: 'Limits', module: 'ratelimit', needs: 'ratelimit:read', show: LimitsSection },
  { name: 'cache', title: 'Cache', module: 'cache', needs: 'cache:read', show: CacheSection },
  {
    name: 'replays',
    title: 'Replays',
    module: 'idempotency',
    needs: 'idempotency:read',
    show: ReplaysSection,
  },
] as const;

/** What this deployment is set to, and what holds load and repetition in check. */
export default function ControlScreen() {
  const [, params] = useRoute('/control/:section');
  const session = useSignedIn();
  const sections = SECTIONS.filter(
    ({ module, needs }) => session.modules.includes(module) && holds(session, needs),
  );
  const here = sections.find(({ name }) => name === params?.section) ?? sections[0];
  return (
    <Page
      title="Control"
      lead="What is set and where it comes from, and what holds load and repetition in check."
    >
      <Sections
        label="Control"
        sections={sections.map(({ name, title }, index) => ({
          // The first is where the page leads, whichever that is.
          path: index === 0 ? '/control' : `/control/${name}`,
          title,
        }))}
      />
      {here ? <here.show /> : null}
    </Page>
  );
}
