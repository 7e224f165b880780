import { useRoute } from 'wouter';
import { holds, useSignedIn } from '../../api/session';
import { Page } from '../../ui/Page';
import { Sections } from '../../ui/Sections';
import { EventsSection } from './EventsSection';
import { MailSection } from './MailSection';
import { ProvidersSection } from './ProvidersSection';
import { SubscribersSection } from './SubscribersSection';
import { SuppressedSection } from './SuppressedSection';
import { TemplatesSection } from './TemplatesSection';
import { TextsSection } from './TextsSection';

const SECTIONS = [
  { name: 'mail', title: 'Mail', module: 'mail', needs: 'mail:read', show: MailSection },
  { name: 'templates', title: 'Templates', module: 'mail', needs: 'mail:read', show: TemplatesSection },
  { name: 'suppressed', title: 'Suppressed', module: 'mail', needs: 'mail:read', show: SuppressedSection },
  { name: 'providers', title: 'Providers', module: 'mail', needs: 'mail:providers', show: ProvidersSection },
  { name: 'texts', title: 'Texts', module: 'identity', needs: 'identity:texts', show: TextsSection },
  { name: 'events', title: 'Events', module: 'events', needs: 'events:read', show: EventsSection },
  {
    name: 'subscribers',
    title: 'Subscribers',
    module: 'events',
    needs: 'events:operate',
    show: SubscribersSection,
  },
] as const;

/** What left the house, or is about to. */
export default function DeliveriesScreen() {
  const [, params] = useRoute('/deliveries/:section');
  const session = useSignedIn();
  const sections = SECTIONS.filter(
    ({ module, needs }) => session.modules.includes(module) && holds(session, needs),
  );
  const here = sections.find(({ name }) => name === params?.section) ?? sections[0];
  return (
    <Page
      title="Deliveries"
      lead="What leaves the house: mails and texts to people, and events to whoever is told of them."
    >
      <Sections
        label="Deliveries"
        sections={sections.map(({ name, title }) => ({
          path: name === 'mail' ? '/deliveries' : `/deliveries/${name}`,
          title,
        }))}
      />
      {here ? <here.show /> : null}
    </Page>
  );
}
