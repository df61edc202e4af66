import { runService } from '@signal/kernel';
import { settings } from './config.ts';
import { createArchiveService } from './service.ts';

const { ENVIRONMENT, CONFIG_SERVICE_URL, CONFIG_SERVICE_API_KEY } = process.env;
await runService({
  env: { ENVIRONMENT, CONFIG_SERVICE_URL, CONFIG_SERVICE_API_KEY },
  argv: process.argv.slice(2),
  name: 'archive',
  settings,
  create: createArchiveService,
});
