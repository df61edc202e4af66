import { beginRun } from '../src/servers/begin-run.ts';

/** Makes the folder of the run, once for all workers. */
export default beginRun;
