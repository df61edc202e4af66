import { writeSync } from 'node:fs';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Structured log: JSON lines on stdout. */
export type Logger = PinoLogger;

const STDOUT = 1;

/** A line that cannot be written, on a full disk for instance, is lost and stops nothing; pino's own destination tries a last line for ever. */
const standardOutput: DestinationStream = {
  write: (line) => {
    try {
      writeSync(STDOUT, line);
    } catch {
      // There is nowhere else to say it.
    }
  },
};

/** Returns a logger whose every line names the service and the member. */
export function createLogger(options: Readonly<{ service: string; member: string; level?: string; destination?: DestinationStream }>): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service, member: options.member, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'token', '*.token', 'apiKey', '*.apiKey'],
  };
  return pino(settings, options.destination ?? standardOutput);
}
