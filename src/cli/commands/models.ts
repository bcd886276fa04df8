import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { firstThere, HUB, installModel, openModelFolder, openSource } from '../../data';
import { HomebodyError } from '../../domain';
import type { Arguments, Command, CommandIo } from '../command';
import { modelCard } from '../models/card';
import { listModels } from '../models/list';
import { shippedModel, shippedModels } from '../paths';
import { Progress } from '../progress';
import { table } from '../table';

/** `homebody models`. */
export const modelsCommand: Command = {
  name: 'models',
  summary: 'Lists, adds, checks and describes model folders.',
  words: 'list [folder] | add <folder|address|owner/name[@revision]> | verify [folder…] | card [folder]',
  options: {
    into: { type: 'string', value: '<folder>', help: 'add: folder of models that gets it', default: 'models' },
    as: { type: 'string', value: '<name>', help: 'add: name of its folder (default: the model’s id)' },
    sha256: { type: 'string', value: '<hex>', help: 'add: what model.json must hash to; it pins all other files' },
    hub: { type: 'string', value: '<address>', help: 'add: where owner/name is looked for', default: HUB },
    out: { type: 'string', value: '<file>', help: 'card: write it there instead of printing it' },
    json: { type: 'flag', help: 'list: print JSON' },
  },
  examples: [
    'homebody models list public/models',
    'homebody models add https://cdn.shop.example/models/shop --into public/models --sha256 3f5a…',
    'homebody models add owner/name@v2 --into public/models --as shop',
    'homebody models verify models/mine cdn/models/mine',
    'homebody models card models/mine --out models/mine/CARD.md',
  ],
  async run(args, io) {
    const [action, ...words] = args.words;
    const run = action !== undefined && Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!run) {
      throw new HomebodyError('invalid-input', `homebody models does not know "${action ?? ''}".`, {
        remedy: 'Say homebody models list, add, verify or card.',
      });
    }
    await run(words, args, io);
  },
};

const ACTIONS: Record<string, (words: string[], args: Arguments, io: CommandIo) => Promise<void>> = {
  list,
  add,
  verify,
  card,
};

async function list([folder = shippedModels()]: string[], args: Arguments, io: CommandIo): Promise<void> {
  const models = await listModels(folder);
  if (args.flag('json')) return io.out(JSON.stringify(models, null, 2));
  if (models.length === 0) return io.out(`There is no model folder in ${folder}.`);
  io.out(
    table(
      models.map((model) => ({
        ...model,
        bytes: model.bytes.toLocaleString('en'),
        licence: model.licence.length > 30 ? `${model.licence.slice(0, 29)}…` : model.licence,
        sha256: model.sha256.slice(0, 12),
      })),
    ),
  );
}

async function add(words: string[], args: Arguments, io: CommandIo): Promise<void> {
  const [from, ...more] = words;
  if (from === undefined || more.length > 0) {
    throw new HomebodyError('invalid-input', 'homebody models add takes one source.', {
      remedy: 'A model folder, its http(s) address, or owner/name[@revision] of a hub.',
    });
  }
  const progress = new Progress(io);
  try {
    const source = await openSource(from, { hub: args.text('hub')! });
    const [as, sha256] = [args.text('as'), args.text('sha256')];
    const installed = await installModel(source, {
      into: args.text('into')!,
      ...(as === undefined ? {} : { as }),
      ...(sha256 === undefined ? {} : { sha256 }),
      signal: io.signal,
      onProgress: (done, total) => progress.show('Bytes', done, total),
    });
    progress.stop();
    const { manifest, folder } = installed;
    const how = installed.isOld ? 'was there already, whole' : `added (${installed.bytes.toLocaleString('en')} bytes)`;
    io.out(`${folder}: ${manifest.id} ${how}; pin it: --sha256 ${installed.sha256}`);
    const embedder = join(dirname(folder), manifest.embedder.id);
    const isThere = (await firstThere([join(embedder, 'config.json')])) !== undefined;
    if (!isThere) io.err(`Its embedder ${manifest.embedder.id} is not in ${embedder}: put that folder there too.`);
  } finally {
    progress.stop();
  }
}

async function verify(folders: string[], _: Arguments, io: CommandIo): Promise<void> {
  for (const folder of folders.length > 0 ? folders : [shippedModel()]) {
    const { model, catalogue } = await openModelFolder(folder);
    const { id, files, features, sizes, embedder, training } = model.manifest;
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    io.out(
      `${folder}: ${id} is whole (${bytes.toLocaleString('en')} bytes, ${features.length} features, hidden ${sizes.hidden}, ` +
        `embedder ${embedder.id}${catalogue ? `, ${catalogue.ids.length} items` : ''}, trained on ${training.data}, ` +
        `${training.licence})`,
    );
  }
}

async function card([folder = shippedModel()]: string[], args: Arguments, io: CommandIo): Promise<void> {
  const text = modelCard(await openModelFolder(folder));
  const out = args.text('out');
  if (out === undefined) return io.out(text.trimEnd());
  await writeFile(out, text);
  io.out(`The card of ${folder} is in ${out}.`);
}
