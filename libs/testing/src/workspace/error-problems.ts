import type { WorkspacePackage } from './packages.ts';

const bareError = /\bnew (?:Error|TypeError|RangeError|AggregateError)\(|\bthrow (?:Error|TypeError|RangeError)\(/;

/** Returns the lines of a package, tests apart, that make an error which is no SignalError. */
export function errorProblems(owner: WorkspacePackage): readonly string[] {
  return owner.files
    .filter((source) => !source.isTest)
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          bareError.test(line) ? [`${file}:${index + 1}: throw SignalError with a code of libs/contracts/src/errors.ts, not a bare Error`] : [],
        ),
    );
}
