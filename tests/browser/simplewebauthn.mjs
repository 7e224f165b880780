// Judges ceremonies with @simplewebauthn/server, whose package's folder is the argument; the ceremonies
// come as JSON on standard input, and what it says of each goes to standard output.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const server = createRequire(`${process.argv[2]}/`)("@simplewebauthn/server");
const { origin, domain, registration, authentications } = JSON.parse(await text(process.stdin));
const expected = { expectedOrigin: origin, expectedRPID: domain, requireUserVerification: false };

const made = await server.verifyRegistrationResponse({
  ...expected,
  response: registration.credential,
  expectedChallenge: registration.challenge,
});
const said = [];
const { credential } = made.registrationInfo;
for (const one of authentications) {
  const { verified, authenticationInfo } = await server.verifyAuthenticationResponse({
    ...expected,
    response: one.credential,
    expectedChallenge: one.challenge,
    credential,
  });
  credential.counter = authenticationInfo.newCounter;
  said.push({ verified, unlocked: authenticationInfo.userVerified });
}
const { verified, registrationInfo } = made;
const registered = { verified, unlocked: registrationInfo.userVerified, id: credential.id };
process.stdout.write(JSON.stringify({ registered, said }));
