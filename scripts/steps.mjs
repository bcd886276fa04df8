// Runs programs one after the other, with their own output, and stops at the first that fails.
import { spawn } from 'node:child_process';

/** Thrown when a program ends with another status than 0. */
export class StepFailed extends Error {
  constructor(/** @type {string} */ command, /** @type {number} */ status) {
    super(`${command} ended with status ${status}`);
    this.status = status;
  }
}

/**
 * Resolves when the program ended with status 0; rejects with {@link StepFailed}, whose `status` is its exit status.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, quiet?: boolean }} [options]
 * @returns {Promise<void>}
 */
export function run(command, args, { env = {}, cwd, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    // Windows finds npm and npx, which are .cmd files there, only through its shell.
    const shell = process.platform === 'win32' && command !== 'node';
    const child = spawn(command, args, {
      cwd,
      shell,
      stdio: quiet ? 'ignore' : 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(new StepFailed([command, ...args].join(' '), status ?? (signal ? 128 : 1)));
    });
  });
}
