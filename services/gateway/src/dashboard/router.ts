import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Router } from 'express';

/** Files of the page by path. They are few and small: read once, served from memory. */
const files: readonly Readonly<{ path: string; file: string; type: string }>[] = [
  { path: '/', file: 'index.html', type: 'text/html' },
  { path: '/dashboard/style.css', file: 'style.css', type: 'text/css' },
  ...['main', 'api', 'chart', 'chain', 'fleet', 'dead-letters', 'live', 'session', 'format'].map((name) => ({
    path: `/dashboard/${name}.js`,
    file: `${name}.js`,
    type: 'text/javascript',
  })),
];

const CHARTS_PATH = '/dashboard/lightweight-charts.js';
const CHARTS_FILE = 'dist/lightweight-charts.standalone.production.mjs';

const pageFile = (name: string): string => fileURLToPath(new URL(`./page/${name}`, import.meta.url));

// The package exports its manifest, but not its standalone build beside it.
const chartsFile = (): string =>
  createRequire(import.meta.url)
    .resolve('lightweight-charts/package.json')
    .replace(/package\.json$/, CHARTS_FILE);

/** Returns the router of the dashboard: static files, no build step, no token. */
export function dashboardRouter(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const serve = (path: string, content: Buffer, type: string): void => {
    router.get(path, (_request, response) => {
      response.type(type).set('Cache-Control', 'no-cache').send(content);
    });
  };
  for (const { path, file, type } of files) serve(path, readFileSync(pageFile(file)), type);
  serve(CHARTS_PATH, readFileSync(chartsFile()), 'text/javascript');
  return router;
}
