import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** Private development key of the checkout; git does not see it. */
export const developmentKeyPath: string = join(root, '.signal', 'dev-key.json');

/** Source of the script that runs from the beginning with the replay feed. */
export const exampleScriptPath: string = join(root, 'services', 'script-runner', 'examples', 'ma-cross.ts');

/** Returns the program of a service. */
export function serviceMain(service: string): string {
  return join(root, 'services', service, 'src', 'main.ts');
}

/** Returns the file in which a service defines its settings. */
export function serviceConfig(service: string): string {
  return join(root, 'services', service, 'src', 'config.ts');
}
