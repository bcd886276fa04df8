export function generateKernel(): Promise<string>;
