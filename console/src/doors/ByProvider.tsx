import { Button } from '@mantine/core';
import { IconBrandGithub, IconBrandGoogle, IconId } from '@tabler/icons-react';
import { type IdentityProvider, useProviderSignIn, useProviders } from '../api/providers';
import { ProblemNote } from '../ui/ProblemNote';
import classes from './doors.module.css';

const ICONS = { google: IconBrandGoogle, github: IconBrandGithub, oidc: IconId };

interface ProviderButtonProps {
  provider: IdentityProvider;
  words: string;
  visit: { mutate: (id: string) => void; isPending: boolean; variables: string | undefined };
}

/** A button that leaves for a provider. */
export function ProviderButton({ provider, words, visit }: ProviderButtonProps) {
  const Icon = ICONS[provider.kind];
  return (
    <Button
      variant="default"
      leftSection={<Icon size={16} />}
      loading={visit.isPending && visit.variables === provider.id}
      disabled={visit.isPending && visit.variables !== provider.id}
      onClick={() => visit.mutate(provider.id)}
    >
      {words} {provider.name}
    </Button>
  );
}

/** The providers of a door; nothing where there is none. */
export function ByProvider({ words }: { words: string }) {
  const { data } = useProviders();
  const signIn = useProviderSignIn();
  if (!data?.length) return null;
  return (
    <>
      <p className={classes.or}>or</p>
      <div className={classes.providers}>
        {signIn.error ? <ProblemNote error={signIn.error} /> : null}
        {data.map((provider) => (
          <ProviderButton key={provider.id} provider={provider} words={words} visit={signIn} />
        ))}
      </div>
    </>
  );
}
