/**
 * Variables for a command that is to run as on a machine where nothing of Waybill is set: the path of commands, and where compiled
 * modules are kept (`run-group.ts`).
 */
export const PLAIN_ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  ['PATH', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);
