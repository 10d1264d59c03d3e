import { join } from 'node:path';
import { type Config, loadConfig } from '../config.ts';

/** Settings of a server that is only tried out: whatever this machine's own Waybill is set to, no variable and no file is read. */
export function loadOwnConfig(folder: string, port: number): Config {
  return loadConfig({
    cwd: folder,
    env: {},
    options: {
      dataDir: { value: join(folder, 'data'), option: '--data' },
      port: { value: String(port), option: '--port' },
      logLevel: { value: 'error', option: 'logLevel' },
    },
  }).config;
}
