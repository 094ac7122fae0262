// @ts-check
// cspell:words stime utime
// The second witness: who used the processors while something was measured. Linux only; elsewhere it has nothing to say.
import { readdirSync, readFileSync } from 'node:fs';
import { readParentPid } from '../../scripts/process-identity.mjs';

// USER_HZ, the unit of /proc, is 100 on every Linux that Node runs on.
const MICROSECONDS_PER_TICK = 10_000;

/**
 * @typedef {object} ProcessorTime in microseconds, since some moment that stays the same
 * @property {number} database of all processes of the PostgreSQL server
 * @property {number} machine of everything that runs, here or on the hypervisor in our stead
 */

/**
 * Returns a function that reads the processor time used so far, or undefined where that cannot be read.
 * @param {number} backendPid of any connection to the server
 * @returns {(() => ProcessorTime) | undefined}
 */
export function processorTimeReader(backendPid) {
  const postmaster = readParentPid(backendPid);
  if (postmaster === undefined) return undefined;
  return () => ({ database: timeOfChildren(postmaster), machine: timeOfMachine() });
}

/** @param {number} parent */
function timeOfChildren(parent) {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.reduce((sum, pid) => sum + timeOfChild(pid, parent), 0);
}

/**
 * @param {number} pid
 * @param {number} parent
 */
function timeOfChild(pid, parent) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name in brackets may hold blanks. After it, by proc(5): state, ppid, …, utime, stime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(fields[1]) === parent ? (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK : 0;
  } catch {
    return 0;
  }
}

function timeOfMachine() {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softIrq + steal) * MICROSECONDS_PER_TICK;
}
