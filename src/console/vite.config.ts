import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** What the development server hands on to a Reelgraph that runs beside it. */
const API = ['/graphql', '/thumbnails', '/videos'];

/** The console is built into `dist/console`, where `src/http/console.ts` looks for it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    // The page's content security policy has nothing come from data: URLs but pictures.
    assetsInlineLimit: 0,
    // Whoever passes the built page on passes the libraries within it on.
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(API.map((path) => [path, { target: 'http://127.0.0.1:4000', ws: true }])) },
});
