import { useRoute } from 'wouter';
import { useSignedIn } from '../../api/session';
import { Page } from '../../ui/Page';
import { type Section, Sections } from '../../ui/Sections';
import { EventsSection } from './EventsSection';
import { MailSection } from './MailSection';
import { SubscribersSection } from './SubscribersSection';
import { SuppressedSection } from './SuppressedSection';
import { TemplatesSection } from './TemplatesSection';

const SECTIONS: readonly (Section & { module: string })[] = [
  { path: '/deliveries', title: 'Mail', module: 'mail' },
  { path: '/deliveries/templates', title: 'Templates', module: 'mail' },
  { path: '/deliveries/suppressed', title: 'Suppressed', module: 'mail' },
  { path: '/deliveries/events', title: 'Events', module: 'events' },
  { path: '/deliveries/subscribers', title: 'Subscribers', module: 'events' },
];

/** What left the house, or is about to. */
export default function DeliveriesScreen() {
  const [, params] = useRoute('/deliveries/:section');
  const { modules } = useSignedIn();
  const section = params?.section ?? (modules.includes('mail') ? 'mail' : 'events');
  return (
    <Page
      title="Deliveries"
      lead="What leaves the house: mails to people, and events to whoever is told of them."
    >
      <Sections label="Deliveries" sections={SECTIONS.filter(({ module }) => modules.includes(module))} />
      {section === 'mail' ? <MailSection /> : null}
      {section === 'templates' ? <TemplatesSection /> : null}
      {section === 'suppressed' ? <SuppressedSection /> : null}
      {section === 'events' ? <EventsSection /> : null}
      {section === 'subscribers' ? <SubscribersSection /> : null}
    </Page>
  );
}
