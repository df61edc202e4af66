import { commitMutants } from './commit-mutants.ts';
import type { Mutant } from './mutant.ts';
import { ownershipMutants } from './ownership-mutants.ts';
import { pressureMutants } from './pressure-mutants.ts';
import { readingMutants } from './reading-mutants.ts';
import { retentionMutants } from './retention-mutants.ts';

/** Every guard that is taken out to see a test fail. */
export const mutants: readonly Mutant[] = [...commitMutants, ...ownershipMutants, ...readingMutants, ...retentionMutants, ...pressureMutants];
