/** Starting a server: the only place where everything is wired. */

export { type ServerFile, serverFilePath } from './server/data-folder.ts';
export type { Log } from './server/log.ts';
export { logProcess } from './server/log-process.ts';
export {
  createServerLog,
  type RunningServer,
  type ServerOptions,
  startServer,
} from './server/start-server.ts';
