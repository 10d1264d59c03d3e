/** `distribution_method`: where the CSV file goes. Credentials are looked at for their form, and end here. */
import type { Destination } from '../../core/delivery.ts';
import type { EmarsysBinding } from './binding.ts';
import { invalid, invalidValue, missing, printed } from './envelope.ts';
import { given, isMembers, type Members, needed, readId } from './read-values.ts';

export interface Distribution {
  readonly method: 'local' | 'ftp' | 'sftp';
  /** As the status repeats it. */
  readonly ftpHost?: string;
  readonly ftpDir?: string;
  /** Absent: the file stays here. */
  readonly destination?: Destination;
}

const USUAL_PORTS = { ftp: '21', sftp: '22' } as const;
const RETRY_EVERY_MINUTES = 60;
const GIVE_UP_AFTER_HOURS = 24;

/** @throws Refusal for a method that there is not, and for settings that name no place */
export function readDistribution(body: Members, { delivery = {} }: EmarsysBinding): Distribution {
  const method = needed(body, 'distribution_method');
  if (method === 'local') return { method };
  if (method !== 'ftp' && method !== 'sftp') throw invalid(`Invalid distribution method: ${printed(method)}`);
  const { host, port, folder } = readSettings(body, method);
  // As URLs have it: the usual port is left out.
  const authority = port === USUAL_PORTS[method] ? host : `${host}:${port}`;
  return {
    method,
    ftpHost: host,
    ftpDir: folder,
    destination: {
      location: `${method}://${authority}/${folder === '' ? '' : `${folder}/`}`,
      retryEveryMs: (delivery.retryEveryMinutes ?? RETRY_EVERY_MINUTES) * 60_000,
      giveUpAfterMs: (delivery.giveUpAfterHours ?? GIVE_UP_AFTER_HOURS) * 3_600_000,
    },
  };
}

interface Settings {
  readonly host: string;
  readonly port: string;
  /** Without slashes at its ends. */
  readonly folder: string;
}

/** The documents of 2016 have `ftp_settings` for both methods, and in two of the five `ftp_port`. */
function readSettings(body: Members, method: 'ftp' | 'sftp'): Settings {
  const name =
    method === 'sftp' && given(body, 'sftp_settings') !== undefined ? 'sftp_settings' : 'ftp_settings';
  const settings = needed(body, name);
  // A password may be in it, so it is not repeated.
  if (!isMembers(settings)) throw invalid(`Invalid data format for ${name}. Array expected`);
  const host = needed(settings, 'host');
  if (typeof host !== 'string' || !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host)) {
    throw invalidValue('host', host);
  }
  for (const credential of ['username', 'password']) {
    if (typeof needed(settings, credential) !== 'string') throw missing(credential);
  }
  return { host: host.toLowerCase(), port: readPort(settings, method), folder: readFolder(settings) };
}

function readPort(settings: Members, method: 'ftp' | 'sftp'): string {
  const asked = given(settings, 'port') ?? given(settings, 'ftp_port') ?? USUAL_PORTS[method];
  const port = readId('port', asked);
  if (Number(port) < 1 || Number(port) > 65_535) throw invalidValue('port', asked);
  return port;
}

function readFolder(settings: Members): string {
  const folder = given(settings, 'folder') ?? '';
  if (typeof folder !== 'string') throw invalidValue('folder', folder);
  return folder.replace(/^\/+|\/+$/g, '');
}
