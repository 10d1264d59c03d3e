import { readdirSync, readFileSync } from 'node:fs';

/** The greatest resident set that each process of this server has had, in MiB; empty where there is no /proc. */
export function peakMemory(workerPids: readonly number[]): { worker: number; server: number } | undefined {
  const peak = (pid: number) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  };
  try {
    readdirSync('/proc/self');
    return { worker: Math.max(0, ...workerPids.map(peak)), server: peak(process.pid) };
  } catch {
    return undefined;
  }
}
