import { runService } from '@signal/kernel';
import { settings } from './config.ts';
import { createScriptRunnerService } from './service.ts';

await runService({ env: process.env, argv: process.argv.slice(2), name: 'script-runner', settings, create: createScriptRunnerService });
