/** Attacks on whole services: the process that was started by hand, and everything below it. */
import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Surroundings } from '../ask.ts';
import type { Random } from '../random.ts';
import { type Service, type Stage, signalTo } from '../stage.ts';
import type { Attacks } from './attack.ts';

/** While a service is down nobody asks it; afterwards it is started again, as a service manager would. */
async function takeDown(
  stage: Stage,
  random: Random,
  { weather }: Surroundings,
  down: (service: Service) => Promise<unknown>,
): Promise<number> {
  const service = random.pick(stage.services);
  const ends = [weather.begin('api'), weather.begin('database')];
  service.isUp = false;
  await down(service);
  await service.server.startAgain();
  service.isUp = true;
  for (const end of ends) end();
  return 1;
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
      const hit = await takeDown(stage, random, around, async (service) => {
        await restart(service);
        const { bavail, bsize } = await statfs(service.server.dataDir);
        const tooMuch = String(Math.round(bavail * bsize * 2));
        await service.server.startAgain({ WAYBILL_STORAGE_MIN_FREE_BYTES: tooMuch });
        service.isUp = true;
        await delay(random.magnitude(500, 4000));
        service.isUp = false;
        await restart(service);
      });
      end();
      return hit;
    },
  },
};
