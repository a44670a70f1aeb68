import process from 'node:process';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The playground server that `npm run dev` sends API requests to. */
const server = process.env['PLAYGROUND_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  // Relative addresses, so the page also works below a path of a reverse proxy.
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  server: {
    proxy: {
      '/graphql': server,
      '/health': server,
      '/examples.json': server,
    },
  },
  build: {
    // Monaco alone is 3 MB; splitting it further gains nothing on localhost.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // GraphiQL's "use no memo" speaks to the React compiler, which is not used here.
      checks: { moduleLevelDirective: false },
    },
  },
});
