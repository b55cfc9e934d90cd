// How late this process is itself. A wait that ran out while it had no processor says nothing about anybody else.
const STEP = 50;
const LATE = 250;
const REMEMBERED = 2000;
let expected = performance.now() + STEP;
let lateAt = -Infinity;

setInterval(() => {
  const now = performance.now();
  if (now - expected > LATE) lateAt = now;
  expected = now + STEP;
}, STEP).unref();

export function wasLate() {
  const now = performance.now();
  return now - expected > LATE || now - lateAt < REMEMBERED;
}
