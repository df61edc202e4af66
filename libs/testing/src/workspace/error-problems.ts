import type { WorkspacePackage } from './packages.ts';

const bareError = /\bnew (?:Error|TypeError|RangeError|AggregateError)\(|\bthrow (?:Error|TypeError|RangeError)\(/;

/** Code that is sent into an isolate, where none of ours exists: its errors are the script's. */
const insideIsolates = 'services/script-runner/src/sandbox/';

/** Returns the lines of a package, tests apart, that make an error which is no SignalError. */
export function errorProblems(owner: WorkspacePackage): readonly string[] {
  return owner.files
    .filter((source) => !source.isTest && !source.file.startsWith(insideIsolates))
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          bareError.test(line) ? [`${file}:${index + 1}: throw SignalError with a code of libs/contracts/src/errors.ts, not a bare Error`] : [],
        ),
    );
}
