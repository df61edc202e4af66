import { readFileSync } from 'node:fs';
import path from 'node:path';

const lockfiles = ['pnpm-lock.yaml', 'deploy/toolchain/package-lock.json'];
const host = /https?:\/\/[^\s'"})]+/;
/** Fields that name a page for people, not a place to install from. */
const forPeople = /"url": "https:\/\/(?:github\.com\/sponsors|opencollective\.com|www\.patreon\.com)/;

/** Returns the lines of a lockfile that name a host: whoever installs says where from. */
export function hostsInLockfile(file: string, text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = forPeople.test(line) ? null : host.exec(line);
    return found === null || line.includes('deprecated:') ? [] : [`${file}:${index + 1}: names ${found[0]}`];
  });
}

/** Returns the hosts that the checkout's lockfiles name. */
export function lockfileProblems(root: string): readonly string[] {
  return lockfiles.flatMap((file) => hostsInLockfile(file, readFileSync(path.join(root, file), 'utf8')));
}
