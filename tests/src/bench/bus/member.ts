import { performance } from 'node:perf_hooks';
import type { Order, Told } from './orders.ts';
import { processRole, restoreRole } from './process-role.ts';
import { sequenceRole } from './sequence-role.ts';
import { tailRole } from './tail-role.ts';
import { writeRole } from './write-role.ts';

// A member process of the bus benchmark: it takes orders from its parent, one at a time, and says what each one cost it.

const tell = (told: Told): void => {
  process.send?.(told);
};

const work = (order: Order, ready: () => void): Promise<readonly number[]> => {
  switch (order.role) {
    case 'process':
      return processRole(order, ready);
    case 'restore':
      return restoreRole(order, ready);
    case 'sequence':
      return sequenceRole(order, ready);
    case 'write':
      return writeRole(order, ready);
    case 'tail':
      return tailRole(order, ready);
  }
};

const obey = async (order: Order): Promise<void> => {
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  const latenciesMs = await work(order, () => tell({ told: 'ready' }));
  const { user, system } = process.cpuUsage(cpu);
  tell({ told: 'done', outcome: { cpuUs: user + system, wallMs: performance.now() - beganMs, latenciesMs } });
};

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => tell({ told: 'failed', reason: String(error) }));
});
process.once('disconnect', () => process.exit(0));
