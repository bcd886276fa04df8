import { describe, expect, test, vi } from 'vitest';
import { conformance, PATIENCE } from '../conformance';
import { drawInput, drawWeights, lcg } from '../golden';
import { createTfjsWebgpuExecutor } from './webgpu';

describe('tfjs-webgpu', () => {
  conformance(createTfjsWebgpuExecutor);

  test(
    'a whole batch of sequences, decay included, is one dispatch on a real adapter',
    async () => {
      const executor = await createTfjsWebgpuExecutor();
      const uniform = lcg(7);
      const lstm = await executor.load(drawWeights(uniform, 24, 32, true));
      const before = executor.gpu!().dispatches;
      await lstm.run(drawInput(uniform, 24, 5, 300), undefined, { all: true });
      const { dispatches, vendor, architecture } = executor.gpu!();
      expect(dispatches - before).toBe(1);
      expect(vendor + architecture).not.toBe('');
      expect(executor.fingerprint).toContain(vendor);
      executor.dispose();
    },
    PATIENCE,
  );

  test(
    'runs asked for together answer each their own',
    async () => {
      const executor = await createTfjsWebgpuExecutor();
      const uniform = lcg(8);
      const lstm = await executor.load(drawWeights(uniform, 24, 32, true));
      const inputs = [1, 5, 9].map((steps) => drawInput(uniform, 24, 1, steps));
      const together = await Promise.all(inputs.map((input) => lstm.run(input)));
      for (const [index, input] of inputs.entries()) expect(await lstm.run(input)).toEqual(together[index]);
      executor.dispose();
    },
    PATIENCE,
  );

  test(
    'a lost device resolves `lost` and rejects runs; another executor takes over',
    async () => {
      const devices: GPUDevice[] = [];
      const request = GPUAdapter.prototype.requestDevice;
      vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (this: GPUAdapter, descriptor) {
        const device = await request.call(this, descriptor);
        devices.push(device);
        return device;
      });
      const executor = await createTfjsWebgpuExecutor();
      const uniform = lcg(9);
      const weights = drawWeights(uniform, 24, 32, true);
      const input = drawInput(uniform, 24, 1, 5);
      const lstm = await executor.load(weights);
      const before = await lstm.run(input);
      devices[0]!.destroy();
      await executor.lost;
      await expect(lstm.run(input)).rejects.toMatchObject({ code: 'device-lost' });
      executor.dispose();
      const next = await createTfjsWebgpuExecutor();
      expect(await (await next.load(weights)).run(input)).toEqual(before);
      next.dispose();
      vi.restoreAllMocks();
    },
    PATIENCE,
  );

  test('a shader that does not compile is a typed error, not wrong numbers', async () => {
    const executor = await createTfjsWebgpuExecutor();
    const uniform = lcg(10);
    const lstm = await executor.load(drawWeights(uniform, 24, 32, true));
    const input = drawInput(uniform, 24, 1, 3);
    const compile = GPUDevice.prototype.createShaderModule;
    vi.spyOn(GPUDevice.prototype, 'createShaderModule').mockImplementation(function (this: GPUDevice, descriptor) {
      return compile.call(this, { ...descriptor, code: `${descriptor.code} fn broken( {` });
    });
    await expect(lstm.run(input)).rejects.toMatchObject({ name: 'HomebodyError', code: 'internal' });
    vi.restoreAllMocks();
    executor.dispose();
  });

  test('no adapter is a typed error', async () => {
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValueOnce(null);
    await expect(createTfjsWebgpuExecutor()).rejects.toMatchObject({ code: 'backend-unavailable' });
  });
});
