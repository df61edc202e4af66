// Every command of package.json goes through here: install what is missing, then run under Node 26.
//   run.mjs <file.ts> args…     a program of the workspace
//   run.mjs --pnpm args…        pnpm, for instance: npm run pnpm -- add --filter @signal/bus zod
//   run.mjs --bin <name> args…  a binary of the workspace's node_modules
//   run.mjs --install           install only
import fs from 'node:fs';
import path from 'node:path';
import { toolchainEnvironment } from './binaries.mjs';
import { bootstrap } from './bootstrap.mjs';
import { runChild } from './child.mjs';
import { Failure, say } from './failure.mjs';
import { rootFolder } from './paths.mjs';

const USAGE_EXIT_CODE = 2;
const usage = 'usage: node deploy/toolchain/run.mjs <file.ts> args… | --pnpm args… | --bin <name> args… | --install';

const programWords = ({ node }, [file, ...args]) => [node, '--conditions=signal-source', path.resolve(rootFolder, file), ...args];

const modes = {
  '--pnpm': ({ pnpm }, args) => [...pnpm, ...args],
  '--bin': (_, [name = '', ...args]) => [path.join(rootFolder, 'node_modules/.bin', name), ...args],
  '--install': () => undefined,
};

const main = async ([first = '', ...rest]) => {
  const mode = modes[first];
  if (mode === undefined && !fs.existsSync(path.resolve(rootFolder, first || 'absent'))) {
    process.stderr.write(`${first === '' || first.startsWith('-') ? usage : `${first} is not a file of this checkout`}\n`);
    return USAGE_EXIT_CODE;
  }
  const binaries = await bootstrap();
  const words = mode ? mode(binaries, rest) : programWords(binaries, [first, ...rest]);
  return words === undefined ? 0 : runChild(words, { cwd: rootFolder, env: toolchainEnvironment(binaries) });
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = 1;
}
