import { runService } from '@signal/kernel';
import { settings } from './config.ts';
import { createGatewayService } from './service.ts';

await runService({ env: process.env, argv: process.argv.slice(2), name: 'gateway', settings, create: createGatewayService });
