import { Unavailable } from './errors.js';
import { shed } from './metrics.js';

// Lets a few in at a time. A limited number wait for a limited time; whoever comes after that is refused at once.
export class Gate {
  #running = 0;
  #waiting = new Set();

  constructor(name, { running, waiting = 0, patience = 0 }) {
    this.name = name;
    this.most = { running, waiting };
    this.patience = patience; // milliseconds
  }

  get running() {
    return this.#running;
  }

  async enter() {
    if (this.#running < this.most.running) this.#running += 1;
    else if (this.#waiting.size < this.most.waiting) await this.#wait();
    else throw this.#refusal();
  }

  // Its place is taken over by whoever has waited longest.
  leave() {
    const [next] = this.#waiting;
    if (next) next();
    else this.#running -= 1;
  }

  async run(work) {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  #wait() {
    return new Promise((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(go);
        reject(this.#refusal());
      }, this.patience);
      this.#waiting.add(go);
    });
  }

  #refusal() {
    shed.inc({ limit: this.name });
    return new Unavailable('too many customers at once, please try again');
  }
}
