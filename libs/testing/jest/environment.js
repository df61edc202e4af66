import { TestEnvironment } from 'jest-environment-node';

/**
 * Node's environment; in a coverage run every process that a test spawns writes its coverage too.
 * Set here and not before, since a process that starts with the variable measures itself, and jest does that already.
 */
export default class SignalEnvironment extends TestEnvironment {
  constructor(config, context) {
    if (process.env.SIGNAL_COVERAGE_FOLDER) process.env.NODE_V8_COVERAGE = process.env.SIGNAL_COVERAGE_FOLDER;
    super(config, context);
  }
}
