// client.mjs ADDRESS PORT CLOSED_PORT: connects at once and in turn; refused stays refused, also by name.
import net from 'node:net';
const [address, port, closed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const failures = [];
const exchange = (host) => new Promise((resolve) => {
  let heard = '';
  const socket = net.connect({host, port});
  socket.on('connect', () => socket.write('ping\n'));
  socket.on('error', (error) => { failures.push(`${host} ${error.code}`); resolve(); });
  socket.on('data', (data) => { heard += data; if (heard === 'hello\nping\n') { socket.end(); resolve(); } });
});
const refused = (host) => new Promise((resolve) => {
  const socket = net.connect({host, port: closed});
  socket.on('connect', () => { failures.push(`${host} closed port accepted`); socket.destroy(); resolve(); });
  socket.on('error', (error) => {
    const codes = error.errors ? error.errors.map((each) => each.code) : [error.code];
    if (!codes.every((code) => code === 'ECONNREFUSED')) failures.push(codes.join());
    resolve();
  });
});
for (let i = 0; i < 5; i++) await exchange(address);
await Promise.all(Array.from({length: 50}, () => exchange(address)));
await exchange('localhost');
await refused(address);
await refused('localhost');
if (failures.length > 0) console.error(failures);
process.exit(failures.length > 0 ? 1 : 0);
