import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { config, most, times } from '../config.js';
import { Gate } from './gate.js';

const derive = promisify(scrypt); // on libuv's threads, not on the event loop
const gate = new Gate('hashing', { running: most.hashing, waiting: most.waitingForHashing, patience: times.hashing });
const COST = { N: config.passwordCost, r: 8, p: 1 }; // 4 MiB and some 10 ms: many may come at once, on small machines

// scrypt$N$r$p$salt$key, so that the cost can be raised and old hashes still be read
export async function hash(password) {
  const salt = randomBytes(16);
  const key = await gate.run(() => derive(password, salt, 32, COST));
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

export async function matches(password, stored) {
  const [, N, r, p, salt, key] = stored.split('$');
  const expected = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await gate.run(() => derive(password, Buffer.from(salt, 'base64url'), expected.length, cost));
  return timingSafeEqual(found, expected);
}
