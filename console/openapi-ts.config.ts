import { defineConfig } from '@hey-api/openapi-ts';

/** The typed client, made from our own OpenAPI at every build; nothing in `src/api/generated` is committed. */
export default defineConfig({
  input: './openapi.json',
  output: { path: './src/api/generated' },
  plugins: [{ name: '@hey-api/client-fetch', throwOnError: true }, '@hey-api/typescript', '@hey-api/sdk'],
});
