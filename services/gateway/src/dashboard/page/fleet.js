import { read } from './api.js';
import { element, percent, showState, whole } from './format.js';

const EVERY_MS = 2_000;
const BEHIND_MS = 1_000;
const LATE_MS = 10_000;

const lagClass = ({ owner, lagMs, lagEntries }) => {
  if (owner === null) return 'cell late';
  if (lagEntries === null) return 'cell';
  if ((lagMs ?? 0) >= LATE_MS) return 'cell late';
  return (lagMs ?? 0) >= BEHIND_MS ? 'cell behind' : 'cell ok';
};

const cellOf = (row) =>
  element('span', {
    className: lagClass(row),
    title: `partition ${row.partition}, slot ${row.slot}\n${row.owner ?? 'no owner'}, epoch ${row.epoch}\nlag ${row.lagEntries ?? '?'} entries, ${row.lagMs ?? '?'} ms`,
  });

const serviceOf = (service, { rows, members }) => {
  const box = element('div', { className: 'service' });
  const owned = rows.filter((row) => row.owner !== null).length;
  const lag = rows.reduce((sum, row) => sum + (row.lagEntries ?? 0), 0);
  const age = Math.max(0, ...rows.map((row) => row.lagMs ?? 0));
  const count = members.filter((member) => member.service === service).length;
  const grid = element('div', { className: 'grid' });
  grid.append(...rows.map(cellOf));
  box.append(
    element('h3', { text: service }),
    element('p', {
      text: `${count} ${count === 1 ? 'member' : 'members'} · ${owned} of ${rows.length} partitions · lag ${whole(lag)} entries, ${whole(age)} ms`,
    }),
    grid,
  );
  return box;
};

const memberRow = (member) => {
  const row = element('tr');
  const busy = typeof member.busy === 'number' ? percent(member.busy) : '–';
  const cells = [
    member.member,
    member.service,
    whole(member.pid).replaceAll(',', ''),
    whole(member.partitions),
    member.draining ? 'draining' : busy,
    member.startedAt.slice(0, 19).replace('T', ' '),
  ];
  row.append(...cells.map((text) => element('td', { text })));
  return row;
};

/** Returns the fleet panel of the page: members, owned partitions and lag, asked for every two seconds. */
export function createFleetPanel(card) {
  const services = card.querySelector('#services');
  const body = card.querySelector('tbody');
  const summary = card.querySelector('#fleet-summary');
  let timer;
  let ended = false;

  const render = (members, partitions) => {
    const byService = Map.groupBy(partitions, (row) => row.service);
    services.replaceChildren(...[...byService].map(([service, rows]) => serviceOf(service, { rows, members })));
    body.replaceChildren(...members.map(memberRow));
    summary.textContent = `${members.length} members · ${partitions.filter((row) => row.owner !== null).length} leases`;
    showState(card, members.length === 0 ? 'empty' : 'ready', members.length === 0 ? 'No member has said that it lives.' : '');
  };

  const refresh = async () => {
    try {
      const [members, partitions] = await Promise.all([read('/api/v2/admin/members'), read('/api/v2/admin/partitions')]);
      if (!ended) render(members.data, partitions.data);
    } catch (problem) {
      if (ended) return;
      if (problem.status === 403) {
        showState(card, 'empty', 'The fleet is shown to operators and admins.');
        return;
      }
      if (card.dataset.state === 'ready') showState(card, 'stale');
      else if (card.dataset.state !== 'stale') showState(card, 'error', problem.message);
    }
    if (!ended) timer = setTimeout(refresh, EVERY_MS);
  };

  return {
    start() {
      ended = false;
      showState(card, 'loading', 'Asking the fleet …');
      return refresh();
    },
    stop() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
