import { wholeNumber } from '../settings/parsers.ts';
import { parseSettings, type SettingsDefinition, type SettingValues } from '../settings/setting.ts';

/** Budgets of a process and how often they are looked at. All take effect while it runs. */
export const pressureSettings = {
  MEMORY_BUDGET_MB: {
    doc: 'Resident memory a process may take; 0 = 90 % of the container, or half of the machine where there is none',
    default: '0',
    parse: wholeNumber(0, 100_000_000),
  },
  HEAP_BUDGET_PERCENT: { doc: "Part of V8's heap limit that a process may take", default: '85', parse: wholeNumber(1, 100) },
  EVENT_LOOP_BUDGET_MS: {
    doc: 'Delay of the event loop (p99 of five checks) that a process may have',
    default: '1000',
    parse: wholeNumber(20, 60_000),
  },
  DESCRIPTOR_BUDGET: { doc: 'Open descriptors a process may have; 0 = 90 % of its limit', default: '0', parse: wholeNumber(0, 100_000_000) },
  DISK_RESERVE_MB: { doc: 'Space that must stay free on the disks a process writes to', default: '64', parse: wholeNumber(0, 100_000_000) },
  DISK_RESERVE_PERCENT: { doc: 'Part of those disks that must stay free; the greater reserve counts', default: '0', parse: wholeNumber(0, 99) },
  PRESSURE_CHECK_MS: { doc: 'How often a process compares itself with its budgets', default: '1000', parse: wholeNumber(20, 60_000) },
  PRESSURE_HIGH_MAX_MS: {
    doc: 'How long memory, heap or event loop may stay above 80 % while nothing is read, before the process is restarted',
    default: '30000',
    parse: wholeNumber(1000, 3_600_000),
  },
} satisfies SettingsDefinition;

/** Values of the settings above. */
export type PressureBudgets = SettingValues<typeof pressureSettings>;

const defaults = parseSettings(pressureSettings, {});

/** Returns the budgets among a service's values; a service that has no such setting gets its default. */
export function budgetsOf(values: Readonly<Record<string, unknown>>): PressureBudgets {
  const own = Object.keys(defaults).flatMap((name) => (typeof values[name] === 'number' ? [[name, values[name]]] : []));
  return { ...defaults, ...Object.fromEntries(own) };
}
