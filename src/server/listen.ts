/** Opening the ports of the API, and a sentence for each way in which that fails. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** How the operator chooses another port, such as `--port (setting port, WAYBILL_PORT)`. */
  readonly portOption: string;
}

/** How the operator chooses another host. */
const HOST_OPTION = '--host (setting host, WAYBILL_HOST)';

/**
 * Resolves with the address once the server accepts connections on it.
 *
 * @throws AppError `server.cannot_listen` when the port is taken or not permitted, or the host is not an address of this machine
 */
export async function listen(app: FastifyInstance, endpoint: Endpoint): Promise<AddressInfo> {
  try {
    await app.listen({ host: endpoint.host, port: endpoint.port });
  } catch (error) {
    throw explainListenError(error, endpoint);
  }
  return app.server.address() as AddressInfo;
}

/** What the operator can do about an error of `listen(2)` or of the look-up before it; any other error is returned as it is. */
export function explainListenError(error: unknown, endpoint: Endpoint): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const message = EXPLANATIONS[code]?.(endpoint);
  if (message === undefined) return error;
  const { host, port } = endpoint;
  return new AppError('server.cannot_listen', message, {
    details: { host, port, reason: code },
    cause: error,
  });
}

const EXPLANATIONS: Readonly<Record<string, (endpoint: Endpoint) => string>> = {
  EADDRINUSE: ({ host, port, portOption }) =>
    `Port ${port} on ${host} is already in use by another process, perhaps another Waybill server. ` +
    `Stop that process, or choose another port with ${portOption}; 0 takes any free port.`,
  EACCES: ({ host, port, portOption }) =>
    `This user is not permitted to listen on port ${port} of ${host}; most systems reserve ports below 1024 for root. ` +
    `Choose a higher port with ${portOption}, and put a reverse proxy in front if clients need port ${port}.`,
  EADDRNOTAVAIL: ({ host }) =>
    `${host} is not an address of this machine. Choose one that is, such as 127.0.0.1, with ${HOST_OPTION}.`,
  // An IPv6 address where the kernel has no IPv6.
  EAFNOSUPPORT: ({ host }) =>
    `This machine does not support addresses such as ${host}. Choose another one, such as 127.0.0.1, with ${HOST_OPTION}.`,
  ENOTFOUND: unresolved,
  // The same where no name server answers.
  EAI_AGAIN: unresolved,
};

function unresolved({ host }: Endpoint): string {
  return (
    `The host name "${host}" cannot be resolved to an address. ` +
    `Correct it, add it to /etc/hosts, or give an address such as 127.0.0.1 with ${HOST_OPTION}.`
  );
}
