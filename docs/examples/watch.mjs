// Follows topics of a running fleet and prints what comes, a line a message. URL and token are those of the fleet whose data are in .data.
//   node deploy/toolchain/run.mjs docs/examples/watch.mjs 'indicators:INDEX:SPX:1m:rsi(14)' 'quotes:INDEX:SPX'
import { readFileSync } from 'node:fs';

const { url, token } = JSON.parse(readFileSync('.data/run.json', 'utf8'));
const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v2/websocket`);
socket.onopen = () => {
  socket.send(JSON.stringify({ op: 'auth', token }));
  socket.send(JSON.stringify({ op: 'subscribe', id: 1, topics: process.argv.slice(2) }));
};
socket.onmessage = ({ data }) => process.stdout.write(`${data}\n`);
socket.onclose = ({ code, reason }) => process.stdout.write(`closed ${code} ${reason}\n`);
// The reader of our output may end first, as `head` does.
process.stdout.on('error', () => process.exit());
