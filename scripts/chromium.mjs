// Finds a Chromium to test with: Debian's own where it is installed, else Playwright's download.
import { existsSync } from 'node:fs';

const system = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a system Chromium, or undefined: Playwright then uses its own download. */
export function systemChromium() {
  return process.env.HOMEBODY_CHROMIUM ?? system.find((path) => existsSync(path));
}

/** Flags that make headless Chromium quiet and give it WebGPU on the software adapter. */
export const chromiumArgs = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What Playwright and Vitest launch: the system's Chromium, else Playwright's whole one, whose headless shell lacks WebGPU. */
export function launchOptions(args = chromiumArgs) {
  const executablePath = systemChromium();
  return executablePath ? { args, executablePath } : { args, channel: 'chromium' };
}
