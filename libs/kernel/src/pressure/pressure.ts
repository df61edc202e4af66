/** How much of its budget (memory, event loop, descriptors, disk) a process uses: `high` from 80 %, `exhausted` at 100 %. */
export type PressureLevel = 'calm' | 'high' | 'exhausted';

/** What a process knows of its own exhaustion. */
export interface Pressure {
  level(): PressureLevel;
  /** `undefined` while calm, else the resource, its value and its budget in words. */
  reason(): string | undefined;
  /** Calls the listener after each change of level. Returns how to end that. */
  onChange(listener: (level: PressureLevel) => void): () => void;
}

/** A process that nobody watches, as in tests and commands. */
export const calm: Pressure = { level: () => 'calm', reason: () => undefined, onChange: () => () => undefined };
