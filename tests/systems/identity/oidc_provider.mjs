// The provider of panva's `oidc-provider`, certified by the OpenID Foundation, with its own test pages.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2]);
const { default: Provider } = await import(require.resolve("oidc-provider"));
const [, , , port, callbacks, userinfo] = process.argv;

const clients = [
  { id: "basic", token_endpoint_auth_method: "client_secret_basic" },
  { id: "post", token_endpoint_auth_method: "client_secret_post" },
].map(({ id, ...rest }) => ({
  client_id: id,
  client_secret: "what only the two of them know: + & %",
  redirect_uris: callbacks.split(","),
  ...rest,
}));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  pkce: { required: () => true },
  // Only a certain choice lets claims of scopes into ID tokens; otherwise they are at the userinfo endpoint.
  conformIdTokenClaims: userinfo === "userinfo",
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: `${sub}@example.test`, email_verified: sub !== "eve", name: `The ${sub}` }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
