/** Attacks on whole services: the process that was started by hand, and everything below it. */
import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Surroundings } from '../ask.ts';
import type { Random } from '../random.ts';
import { type Service, type Stage, signalTo } from '../stage.ts';
import type { Attacks } from './attack.ts';

/** Sessions that are ended while it starts, and a machine with much else to do, make single ones fail. */
const MOST_STARTS = 5;

/** While a service is down nobody asks it; afterwards it is started again, as a service manager would. */
async function takeDown(
  stage: Stage,
  random: Random,
  { weather }: Surroundings,
  down: (service: Service) => Promise<unknown>,
): Promise<number> {
  const service = random.pick(stage.services);
  const ends = (['api', 'database'] as const).map((trouble) => weather.begin(trouble));
  service.isUp = false;
  try {
    await down(service).catch(async (error: unknown) => {
      await service.server.killEverything();
      throw error;
    });
  } finally {
    await comeBack(service);
    service.isUp = true;
    for (const end of ends) end();
  }
  return 1;
}

/** Starts it as a service manager would: a start that fails is made again. */
async function comeBack({ server }: Service): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await server.startAgain();
    } catch (error) {
      await server.killEverything();
      if (tries === MOST_STARTS) throw error;
    }
  }
}

async function restart({ server }: Service): Promise<void> {
  const code = await server.terminate();
  if (code !== 0) throw new Error(`SIGTERM ended it with ${code}:\n${server.log.slice(-2000)}`);
}

export const ON_SERVICES: Attacks = {
  'SIGKILL of a server': {
    weight: 3,
    run: (stage, random, around) =>
      takeDown(stage, random, around, async ({ server }) => {
        signalTo([server.pid], 'SIGKILL');
        await server.exited;
      }),
  },
  'SIGKILL of a server and all below it': {
    weight: 2,
    run: (stage, random, around) => takeDown(stage, random, around, ({ server }) => server.killEverything()),
  },
  'SIGTERM of a server': {
    weight: 2,
    run: (stage, random, around) => takeDown(stage, random, around, restart),
  },
  'SIGSTOP of a server': {
    weight: 2,
    run: async (stage, random) => {
      const { server } = random.pick(stage.services);
      signalTo([server.pid], 'SIGSTOP');
      await delay(random.magnitude(100, 3000));
      signalTo([server.pid], 'SIGCONT');
      return 1;
    },
  },
  'a disk with too little room': {
    weight: 0.7,
    run: async (stage, random, around) => {
      const end = around.weather.begin('disk');
      try {
        return await takeDown(stage, random, around, async (service) => {
          await restart(service);
          const { bavail, bsize } = await statfs(service.server.dataDir);
          const tooMuch = String(Math.round(bavail * bsize * 2));
          await service.server.startAgain({ WAYBILL_STORAGE_MIN_FREE_BYTES: tooMuch });
          service.isUp = true;
          await delay(random.magnitude(500, 4000));
          service.isUp = false;
          await restart(service);
        });
      } finally {
        end();
      }
    },
  },
};
