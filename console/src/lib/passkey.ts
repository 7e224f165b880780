/** Whether this browser knows passkeys, in a page that may use them (HTTPS, or localhost). */
export function knowsPasskeys(): boolean {
  return (
    typeof PublicKeyCredential !== 'undefined' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
  );
}

/** Whether the browser can offer passkeys among what it fills a form in with. */
export async function offersPasskeys(): Promise<boolean> {
  return knowsPasskeys() && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);
}

type Json = Record<string, unknown>;

/** Lets the browser make a passkey: what the server takes, or null when the person would rather not. */
export async function createPasskey(options: unknown): Promise<Json | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as PublicKeyCredentialCreationOptionsJSON,
  );
  return answer(() => navigator.credentials.create({ publicKey }));
}

/**
 * Lets the browser ask for a passkey: what the server takes, or null when the person would rather not, or
 * has none. With a signal the browser does not ask, but offers passkeys where a form is filled in.
 */
export async function getPasskey(options: unknown, signal?: AbortSignal): Promise<Json | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as PublicKeyCredentialRequestOptionsJSON,
  );
  return answer(() =>
    navigator.credentials.get({ publicKey, signal, mediation: signal ? 'conditional' : 'optional' }),
  );
}

const DECLINED = new Set(['NotAllowedError', 'AbortError']);

async function answer(ask: () => Promise<Credential | null>): Promise<Json | null> {
  try {
    const credential = await ask();
    return credential instanceof PublicKeyCredential ? (credential.toJSON() as unknown as Json) : null;
  } catch (error) {
    if (error instanceof DOMException && DECLINED.has(error.name)) return null;
    throw error;
  }
}
