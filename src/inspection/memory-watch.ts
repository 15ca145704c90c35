import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Memory that grows by a gigabyte a second passes the ceiling by a tenth of one before it is seen. */
const LINUX_INTERVAL_MILLISECONDS = 100;

/** Elsewhere each look starts a process. */
const OTHER_INTERVAL_MILLISECONDS = 1000;

/**
 * Calls `onExceeded` once when the process holds more than `ceilingBytes` of memory (resident or swapped out), as the
 * operating system sees it: native allocations count, which no V8 limit sees. Returns a function that stops watching.
 */
export function watchMemory(
  pid: number,
  ceilingBytes: number,
  onExceeded: (bytes: number) => void,
  measure: (pid: number) => Promise<number | undefined> = residentBytes,
): () => void {
  const interval = process.platform === 'linux' ? LINUX_INTERVAL_MILLISECONDS : OTHER_INTERVAL_MILLISECONDS;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const bytes = await measure(pid);
    if (isOver) return;
    if (bytes !== undefined && bytes > ceilingBytes) {
      isOver = true;
      onExceeded(bytes);
      return;
    }
    timer = setTimeout(() => void look(), interval);
  };
  void look();

  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Bytes of memory of another process; undefined when it is gone or the system does not say. */
export async function residentBytes(pid: number, platform: NodeJS.Platform = process.platform): Promise<number | undefined> {
  if (platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    return status === undefined ? undefined : parseProcStatus(status);
  }
  if (platform === 'win32') return parseTasklist(await outputOf('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']));
  return parsePs(await outputOf('ps', ['-o', 'rss=', '-p', String(pid)]));
}

/** `VmRSS:\t  81234 kB`. Swapped pages count too: they were allocated all the same. */
export function parseProcStatus(status: string): number | undefined {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  const swapped = /^VmSwap:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0';
  return resident === undefined ? undefined : (Number(resident) + Number(swapped)) * 1024;
}

/** Kibibytes and nothing else. */
export function parsePs(output: string): number | undefined {
  const kibibytes = /^\s*(\d+)\s*$/.exec(output)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** `"node.exe","1234","Console","1","81,234 K"`; the thousands separator is the country's. */
export function parseTasklist(output: string): number | undefined {
  const kibibytes = /"([\d.,\s\u00a0\u202f’']+) K"\s*$/.exec(output)?.[1]?.replace(/\D/g, '');
  return kibibytes === undefined || kibibytes === '' ? undefined : Number(kibibytes) * 1024;
}

function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { windowsHide: true, timeout: 10_000 }, (error, stdout) => resolve(error === null ? stdout : ''));
  });
}
