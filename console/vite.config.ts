import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const distribution = fileURLToPath(new URL('../src/backstay/systems/console/dist', import.meta.url));
const server = process.env.BACKSTAY_URL ?? 'http://127.0.0.1:8000';

/** Puts the two API readers beside the console, so that `/docs` works without the Internet. */
function apiReaders(): Plugin {
  const files = {
    'swagger-ui': ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui-dist/swagger-ui.css'],
    reference: ['rapidoc/dist/rapidoc-min.js'],
  };
  return {
    name: 'backstay-api-readers',
    apply: 'build',
    closeBundle() {
      for (const [folder, sources] of Object.entries(files)) {
        const target = `${distribution}/vendor/${folder}`;
        mkdirSync(target, { recursive: true });
        for (const source of sources) {
          const path = fileURLToPath(new URL(`node_modules/${source}`, import.meta.url));
          cpSync(path, `${target}/${source.split('/').at(-1)}`);
        }
      }
    },
  };
}

export default defineConfig({
  base: '/console/',
  plugins: [react(), apiReaders()],
  build: { outDir: distribution, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 400 },
  server: { proxy: { '/v1': server, '/openapi.json': server, '/readyz': server } },
});
