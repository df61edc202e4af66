import { runService } from '@signal/kernel';
import { settings } from './config.ts';
import { createIngestService } from './service.ts';

const { ENVIRONMENT, CONFIG_SERVICE_URL, CONFIG_SERVICE_API_KEY } = process.env;
const env = { ENVIRONMENT, CONFIG_SERVICE_URL, CONFIG_SERVICE_API_KEY };
await runService({ env, argv: process.argv.slice(2), name: 'ingest', settings, create: createIngestService });
