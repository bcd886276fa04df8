import { type Backend, HomebodyError } from '../domain';
import { type Calibration, calibrate, type InterestModel, type LstmExecutor } from '../model';
import type { Core } from './core';
import { VERSION } from './ports';
import type { ReadyModel } from './timeline';

/** What is tried when a backend is not there or fails: the next in this list. */
const FALLBACK: readonly Backend[] = ['webgpu', 'wasm', 'cpu'];
const SETTING = 'calibration';

/** A calibration and what it was made on: another browser or build measures again. */
export interface RememberedCalibration extends Calibration {
  browser: string;
  version: string;
}

type Context = Pick<Core, 'ports' | 'diagnostics' | 'options' | 'store'>;

/** The calibration made earlier on this device, if it still holds. */
export async function recall({ store, ports }: Context): Promise<RememberedCalibration | undefined> {
  const found = await store.setting<RememberedCalibration>(SETTING).catch(() => undefined);
  return found?.browser === ports.browser && found.version === VERSION ? found : undefined;
}

/** Measures the backends once and remembers the result; from the next start on `auto` uses it. */
export async function calibrateOnce(core: Context, model: InterestModel): Promise<RememberedCalibration> {
  const { ports, store } = core;
  const found = await calibrate({
    weights: model.lstm,
    now: ports.clock,
    create: (backend) => ports.createExecutor(backend),
    pause: () => ports.pause(),
  });
  const remembered = { ...found, browser: ports.browser, version: VERSION };
  await store.putSetting(SETTING, remembered);
  return remembered;
}

/** The model on the backend, or on the next one that works; a fallback from a backend that was asked for is told. */
export async function makeReady(
  core: Context,
  model: InterestModel,
  url: string,
  wanted: Backend,
): Promise<ReadyModel & { executor: LstmExecutor; url: string }> {
  const { ports, diagnostics } = core;
  let last: unknown;
  for (const backend of FALLBACK.slice(FALLBACK.indexOf(wanted))) {
    let executor: LstmExecutor | undefined;
    try {
      executor = await ports.createExecutor(backend);
      const lstm = await executor.load(model.lstm);
      const fingerprint = [executor.fingerprint, VERSION, ports.browser].join(' | ');
      return { model, lstm, executor, url, fingerprint };
    } catch (error) {
      executor?.dispose();
      last = error;
      const why = error instanceof Error ? error.message : String(error);
      diagnostics.add('backend-unavailable', `${backend}: ${why}`, 'Nothing is needed: another backend serves.');
    }
  }
  throw new HomebodyError('backend-unavailable', 'No backend works here.', { cause: last });
}

/** The backend after one that failed. */
export function after(backend: Backend): Backend {
  return FALLBACK[Math.min(FALLBACK.length - 1, FALLBACK.indexOf(backend) + 1)]!;
}
