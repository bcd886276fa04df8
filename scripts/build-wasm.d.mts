export function generateKernel(name?: 'serving' | 'training'): Promise<string>;
