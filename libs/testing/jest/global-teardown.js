import { endRun } from '../src/servers/begin-run.ts';

/** Ends what the run started and removes its folder. */
export default endRun;
