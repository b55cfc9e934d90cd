import { most } from '../config.js';
import { Unavailable } from './errors.js';
import { wasLate } from './lag.js';
import { log } from './log.js';
import { breakerOpen } from './metrics.js';

// Remembers that a part does not answer, so that customers are told at once instead of waiting for it one by one.
// Opens after a few failures in a row; closes with the first success. While it is open one caller per `trialEvery`
// is let through to try.
export class Breaker {
  #failures = 0;
  #nextTrial = 0;

  constructor(name, { trialEvery = Infinity, onOpen = () => {} } = {}) {
    this.name = name;
    this.trialEvery = trialEvery;
    this.onOpen = onOpen;
    breakerOpen.set({ part: name }, 0);
  }

  get open() {
    return this.#failures >= most.failuresInARow;
  }

  // Throws while the part is known to be away.
  admit() {
    if (!this.open) return;
    const now = Date.now();
    if (now < this.#nextTrial) throw new Unavailable(`the ${this.name} is away, please try again`);
    this.#nextTrial = now + this.trialEvery;
  }

  succeeded() {
    if (this.open) {
      log.info(`${this.name} is back`);
      breakerOpen.set({ part: this.name }, 0);
    }
    this.#failures = 0;
  }

  failed() {
    if (this.open || wasLate()) return;
    this.#failures += 1;
    if (!this.open) return;
    this.#nextTrial = Date.now() + this.trialEvery;
    log.warn(`${this.name} is away`);
    breakerOpen.set({ part: this.name }, 1);
    this.onOpen();
  }
}
