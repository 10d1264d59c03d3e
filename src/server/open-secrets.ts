import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { createSecrets, type Secrets } from '../store/secrets/secrets.ts';

/** As every process of a configuration opens them. */
export function openSecrets({ dataDir, secrets }: Config, pool: Pool): Secrets {
  return createSecrets({ pool, keyFile: secrets.keyFile ?? join(dataDir, 'secrets.key') });
}
