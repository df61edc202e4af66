import { runConfigService } from './run.ts';

await runConfigService({ argv: process.argv.slice(2), apiKey: process.env['CONFIG_SERVICE_API_KEY'] });
