import { train } from './index';
const [out, epochs, settings] = process.argv.slice(2);
let last = 0;
const r = await train({ data: '/work/shared/data/online-retail', out: out!, embedder: '/work/main/public/models/potion-base-2M', seed: 1, epochs: Number(epochs), id: 'universal', resume: true, settings: JSON.parse(settings ?? '{}'),
  about: { data: 'UCI Online Retail, customers of one half', licence: 'CC BY 4.0', credit: 'D. Chen, UCI Machine Learning Repository, doi:10.24432/C5BW33', command: 'npx homebody train --data online-retail --out public/models/universal --epochs ' + epochs + ' --seed 1' },
  onProgress: (p) => { const now = Date.now(); if (p.phase === 'epoch' || now - last > 10000) { last = now; console.log(new Date().toISOString().slice(11, 19), (process.cpuUsage().user / 1e6).toFixed(0), p.phase, p.done, p.total, p.note ?? ''); } } });
console.log(JSON.stringify(r));
