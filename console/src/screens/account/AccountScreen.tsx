import { useRoute } from 'wouter';
import { useHasAccount, useMay, useSignedIn } from '../../api/session';
import { Page } from '../../ui/Page';
import { Sections } from '../../ui/Sections';
import { DataSection } from './DataSection';
import { DevicesSection } from './DevicesSection';
import { KeysSection } from './KeysSection';
import { ProfileSection } from './ProfileSection';
import { SecuritySection } from './SecuritySection';

/** What one may do with one's own account; a token of the settings has keys at most. */
export default function AccountScreen() {
  const [, params] = useRoute('/account/:section');
  const { actor, modules } = useSignedIn();
  const account = useHasAccount();
  const keys = useMay('apikeys:own') && modules.includes('apikeys');
  const section = params?.section ?? (account ? 'profile' : 'keys');
  return (
    <Page title="My account" lead={`Signed in as ${actor.name}.`}>
      <Sections
        label="My account"
        sections={[
          ...(account
            ? [
                { path: '/account', title: 'Profile' },
                { path: '/account/security', title: 'Password and second factor' },
                { path: '/account/devices', title: 'Devices' },
              ]
            : []),
          ...(keys ? [{ path: account ? '/account/keys' : '/account', title: 'Keys' }] : []),
          ...(account ? [{ path: '/account/data', title: 'My data' }] : []),
        ]}
      />
      {section === 'profile' && account ? <ProfileSection /> : null}
      {section === 'security' && account ? <SecuritySection /> : null}
      {section === 'devices' && account ? <DevicesSection /> : null}
      {section === 'keys' && keys ? <KeysSection /> : null}
      {section === 'data' && account ? <DataSection /> : null}
    </Page>
  );
}
