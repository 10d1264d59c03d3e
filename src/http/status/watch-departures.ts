import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Departure } from '../../actions/status/wait-for-status.ts';

const GRACE_MS = 1_000;

/** For answers that wait: nothing waits for nobody, and no wait keeps the server from stopping. */
export function watchDepartures(app: FastifyInstance): (reply: FastifyReply) => Departure {
  const leaving = new Departures();
  const gone = new Departures();
  app.addHook('preClose', async () => {
    leaving.close();
    const timer = setTimeout(() => gone.close(), GRACE_MS);
    app.server.once('close', () => clearTimeout(timer));
  });
  // Made when they are asked for: most answers wait for nothing, and two signals cost as much as the rest of a status.
  return (reply) => ({
    get leaving() {
      return leaving.signalOf(reply);
    },
    get gone() {
      return gone.signalOf(reply);
    },
  });
}

/** One for all: made for each answer it cost 4 % of the server's time. Nobody is shown it. */
const GONE = new Error('nobody waits for this answer any more');

class Departures {
  readonly #waiting = new Set<AbortController>();
  #isClosed = false;

  signalOf({ raw }: FastifyReply): AbortSignal {
    const one = new AbortController();
    // One that has gone already will not go again.
    if (this.#isClosed || raw.destroyed) one.abort(GONE);
    else {
      this.#waiting.add(one);
      raw.once('close', () => {
        this.#waiting.delete(one);
        one.abort(GONE);
      });
    }
    return one.signal;
  }

  close(): void {
    this.#isClosed = true;
    for (const one of this.#waiting) one.abort(GONE);
  }
}
