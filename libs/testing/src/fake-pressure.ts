import type { Pressure, PressureLevel } from '@signal/kernel';

/** A pressure that a test steers. */
export interface FakePressure extends Pressure {
  set(level: PressureLevel, reason?: string): void;
}

/** Returns a pressure that is calm until it is set. */
export function fakePressure(): FakePressure {
  const listeners = new Set<(level: PressureLevel) => void>();
  let now: PressureLevel = 'calm';
  let why: string | undefined;
  return {
    level: () => now,
    reason: () => why,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set: (level, reason = `set to ${level}`) => {
      if (level === now) return;
      now = level;
      why = level === 'calm' ? undefined : reason;
      for (const listener of listeners) listener(level);
    },
  };
}
