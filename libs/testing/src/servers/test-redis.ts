/** The Redis of one test file. */
export interface TestRedis {
  readonly url: string;
  /** Ends it by SIGKILL; what was not on disk is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Cuts every client's connection. */
  cutConnections(): Promise<void>;
}
