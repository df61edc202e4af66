import { developmentKey } from '../identity/development-key.ts';
import { mintToken } from '../identity/mint-token.ts';
import { developmentKeyPath } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { readCommandLine } from './command-line.ts';
import { claimsOf } from './token-claims.ts';

const help = `npm run token -- [flags]
Prints a JWT signed with the checkout's development key; no fleet need run.

  --sub NAME            who it is for (dev)
  --roles A,B           viewer, user, operator, admin, feed (user,viewer)
  --entitlements A,B    (*)
  --ttl 24h|-60s        how long it is valid (24h)
  --jti --aud --iss     other than the usual ones
  --help                this text
`;
const value = { type: 'string' } as const;

await runCommand(async () => {
  const line = readCommandLine({ sub: value, roles: value, entitlements: value, ttl: value, jti: value, aud: value, iss: value }, help);
  if (line === undefined) return;
  const token = await mintToken(await developmentKey(developmentKeyPath), claimsOf(line), Date.now());
  process.stdout.write(`${token}\n`);
});
