// Where the toolchain and the workspace stand. Everything in this folder runs on the newcomer's Node (>= 20) before anything is installed: only node: imports.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this file, which has a package.json and a lockfile of its own. */
export const toolchainFolder = path.dirname(fileURLToPath(import.meta.url));

/** The top of the checkout. */
export const rootFolder = path.resolve(toolchainFolder, '../..');
