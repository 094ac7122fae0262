// @ts-check
import { endLeftoverProcesses } from './application-processes.mjs';
import { findPortProblem } from './free-port.mjs';
import { StartupProblem } from './startup-problem.mjs';

/**
 * Returns the port that PORT names, 3000 without it.
 * @param {NodeJS.ProcessEnv} env
 * @throws {StartupProblem} unless it is a port
 */
export function readPort(env) {
  const port = Number(env['PORT'] || 3000);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new StartupProblem(`PORT is "${env['PORT']}"; it must be a whole number from 1 to 65535: PORT=3001 npm start`);
}

/**
 * Makes sure that the API can listen: ends what a killed start left on the port, and refuses if it is taken even so.
 * @param {{ env: NodeJS.ProcessEnv, dataDir: string }} options
 * @throws {StartupProblem} with the way out
 */
export async function requireFreePort({ env, dataDir }) {
  const port = readPort(env);
  const launcherPid = await endLeftoverProcesses({ dataDir, port });
  // A server on the loopback address alone does not hinder listening on all addresses everywhere, but it gets the requests.
  const problem = (await findPortProblem(port)) ?? (await findPortProblem(port, '127.0.0.1'));
  if (problem === undefined) return;

  const other = port < 65_535 ? port + 1 : port - 1;
  if (problem === 'EACCES') {
    throw new StartupProblem(`This account may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`);
  }
  const holder =
    launcherPid === undefined ? 'another program' : `the npm start that runs here already (process ${launcherPid})`;
  throw new StartupProblem(
    problem === 'EADDRINUSE'
      ? `Port ${port} is taken by ${holder}. Stop it, or choose another port: PORT=${other} npm start`
      : `Port ${port} cannot be used (${problem}). Choose another one: PORT=${other} npm start`,
  );
}
