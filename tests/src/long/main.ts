import { parseArgs } from 'node:util';
import { longSteps, runStep } from './steps.ts';

const HELP = `npm run test:long -- [--only WORDS]
Runs what takes too long for npm test: faults in a fleet (npm run chaos with 60 kills), the tests of the bus on a cluster of three masters
with replicas, and the mutants (npm run test:mutants). Closes with "N passed, N failed"; exit 0 when none failed.
  --only WORDS  only steps whose name contains the words
`;

const run = async (): Promise<number> => {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } }, strict: true });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const total = { passed: 0, failed: 0 };
  for (const step of longSteps.filter(({ name }) => name.includes(values.only))) {
    const { passed, failed, seconds } = await runStep(step);
    process.stdout.write(`${step.name}: ${passed} passed, ${failed} failed in ${Math.round(seconds)} s\n`);
    total.passed += passed;
    total.failed += failed;
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`test:long: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
