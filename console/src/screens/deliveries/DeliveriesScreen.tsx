import { useRoute } from 'wouter';
import { Page } from '../../ui/Page';
import { type Section, Sections } from '../../ui/Sections';
import { MailSection } from './MailSection';
import { SuppressedSection } from './SuppressedSection';
import { TemplatesSection } from './TemplatesSection';

const SECTIONS: readonly Section[] = [
  { path: '/deliveries', title: 'Mail' },
  { path: '/deliveries/templates', title: 'Templates' },
  { path: '/deliveries/suppressed', title: 'Suppressed' },
];

/** What left the house, or is about to. */
export default function DeliveriesScreen() {
  const [, params] = useRoute('/deliveries/:section');
  const section = params?.section ?? 'mail';
  return (
    <Page
      title="Deliveries"
      lead="Mails on their way to people; open one to see why it was sent, or was not."
    >
      <Sections label="Deliveries" sections={SECTIONS} />
      {section === 'mail' ? <MailSection /> : null}
      {section === 'templates' ? <TemplatesSection /> : null}
      {section === 'suppressed' ? <SuppressedSection /> : null}
    </Page>
  );
}
