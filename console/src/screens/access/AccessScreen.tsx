import { useRoute } from 'wouter';
import { holds, useSignedIn } from '../../api/session';
import { Page } from '../../ui/Page';
import { Sections } from '../../ui/Sections';
import { AuditSection } from './AuditSection';
import { KeysSection } from './KeysSection';
import { MembersSection } from './MembersSection';
import { OrganizationSection } from './OrganizationSection';
import { RolesSection } from './RolesSection';
import { UsersSection } from './UsersSection';
import { WhySection } from './WhySection';

const SECTIONS = [
  { name: 'users', title: 'Accounts', module: 'identity', needs: 'identity:read', show: UsersSection },
  { name: 'members', title: 'Members', module: 'tenancy', needs: 'tenancy:read', show: MembersSection },
  { name: 'roles', title: 'Roles', module: 'access', needs: 'access:read', show: RolesSection },
  { name: 'keys', title: 'Keys', module: 'apikeys', needs: 'apikeys:manage', show: KeysSection },
  { name: 'audit', title: 'Audit trail', module: 'audit', needs: 'audit:read', show: AuditSection },
  { name: 'why', title: 'Why denied?', module: 'access', needs: 'access:read', show: WhySection },
  {
    name: 'organization',
    title: 'Organization',
    module: 'tenancy',
    needs: 'tenancy:read',
    show: OrganizationSection,
  },
] as const;

/** Who may do what here, who did what, and why somebody could not. */
export default function AccessScreen() {
  const [, params] = useRoute('/access/:section');
  const session = useSignedIn();
  const sections = SECTIONS.filter(
    ({ module, needs }) => session.modules.includes(module) && holds(session, needs),
  );
  const here = sections.find(({ name }) => name === params?.section) ?? sections[0];
  return (
    <Page title="Access" lead="Who may do what, who did what, and why somebody could not.">
      <Sections
        label="Access"
        sections={sections.map(({ name, title }, index) => ({
          path: index === 0 ? '/access' : `/access/${name}`,
          title,
        }))}
      />
      {here ? <here.show /> : null}
    </Page>
  );
}
