import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Structured log: JSON lines on stdout. */
export type Logger = PinoLogger;

/** Returns a logger whose every line names the service and the member. */
export function createLogger(options: Readonly<{ service: string; member: string; level?: string; destination?: DestinationStream }>): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service, member: options.member, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'token', '*.token', 'apiKey', '*.apiKey'],
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
