/** Forked by `ask-many.ts`: told a load, it tells how many answers it got in a second, and ends. */
import { Agent, get } from 'node:http';
import type { Load } from './ask-many.ts';

process.once('message', (load: Load) => {
  const tell = (answer: object) => process.send?.(answer, () => process.exit(0));
  void askFor(load).then(
    (perSecond) => tell({ perSecond }),
    (error: unknown) => tell({ error: String(error) }),
  );
});

async function askFor({ url, headers, connections, seconds }: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const endAt = performance.now() + seconds * 1000;
  let answers = 0;
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent, headers }, (response) => {
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`status ${response.statusCode}`));
        response.resume();
        response.once('end', resolve);
      }).once('error', reject);
    });
  const client = async () => {
    for (; performance.now() < endAt; answers += 1) await ask();
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return answers / seconds;
}
