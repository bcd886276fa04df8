import { h } from '../shop/dom';
import type { DrawerContext } from './index';
import { replay, SHOPPERS, type Shopper } from './shoppers';

/** In one sentence what is known, the controls over it, and three people to try. */
export async function aboutTab(context: DrawerContext): Promise<HTMLElement> {
  const { shop, changed } = context;
  const { homebody } = shop;
  if (!homebody) return h('p', {}, 'Homebody is off.');
  const profile = await homebody.profile();
  const granted = shop.consent === 'granted';

  const act = (text: string, testId: string, action: () => Promise<unknown>, kind = 'quiet') => {
    const button = h('button', { type: 'button', class: `button ${kind}`, 'data-testid': testId }, text);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await action();
        await changed();
      } catch (error) {
        shop.toast(error instanceof Error ? error.message : 'That did not work.');
      }
      button.disabled = false;
    });
    return button;
  };
  const file = h('input', {
    type: 'file',
    accept: 'application/json,.json',
    class: 'sr',
    tabindex: '-1',
    'aria-label': 'File to import',
    'data-testid': 'import-file',
  });
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      await homebody.import(await chosen.text());
      shop.toast('Imported. It replaced what was here.');
      await changed();
    } catch {
      shop.toast('This file is no export of ours. Nothing was changed.');
    }
    file.value = '';
  });
  const pick = h('button', { type: 'button', class: 'button quiet', 'data-testid': 'import' }, 'Import a file');
  pick.addEventListener('click', () => file.click());

  const answer =
    shop.consent === 'granted'
      ? act('Withdraw my yes', 'withdraw', () => shop.setConsent('denied'))
      : act('Yes, remember on this device', 'grant', () => shop.setConsent('granted'), '');

  return h(
    'div',
    {},
    part(
      h('p', { class: 'summary', 'data-testid': 'summary' }, sentence(context, profile.summary)),
      h(
        'dl',
        { class: 'facts' },
        ...fact('Events kept', String(profile.events.total)),
        ...fact('Sent anywhere', `${shop.network.bodyBytes()} bytes`),
        ...fact(
          'Remembering',
          profile.paused ? 'paused' : ({ granted: 'on', denied: 'off', pending: 'not yet' } as const)[shop.consent],
        ),
      ),
      h('p', { class: 'actions' }, answer, granted && pauseButton(act, context, profile.paused)),
    ),
    part(
      h('h3', {}, 'Try a sample shopper'),
      h(
        'p',
        { class: 'soft' },
        granted
          ? 'A made-up history takes the place of yours, to show what the list does with it.'
          : 'Say yes above first: a history needs a place to be.',
      ),
      h('ul', { class: 'shoppers' }, ...SHOPPERS.map((shopper) => h('li', {}, sample(context, shopper, granted)))),
    ),
    part(
      h('h3', {}, 'Your data'),
      h(
        'p',
        { class: 'soft' },
        'One file with everything, readable by you and by this page. An import replaces what is here.',
      ),
      h(
        'p',
        { class: 'actions' },
        act('Export', 'export', () => download(context)),
        pick,
        file,
      ),
      h(
        'p',
        { class: 'actions' },
        act(
          'Forget everything',
          'forget-all',
          async () => {
            await homebody.forget('all');
            shop.opened.clear();
            shop.toast('Forgotten. As if you had never been here.');
          },
          'danger',
        ),
        act('New visitor', 'new-visitor', () => newVisitor(context)),
      ),
    ),
  );
}

function sentence({ shop }: DrawerContext, summary: string): string {
  if (shop.consent === 'pending')
    return 'You have not answered yet. What you do waits in memory and is gone when this page is closed.';
  if (shop.consent === 'denied')
    return 'You said no. Nothing is remembered, and lists come in the order that the server sent.';
  return summary;
}

function pauseButton(
  act: (text: string, testId: string, action: () => Promise<unknown>) => HTMLElement,
  { shop }: DrawerContext,
  paused: boolean,
): HTMLElement {
  return paused
    ? act('Resume', 'resume', () => shop.homebody!.resume())
    : act('Pause', 'pause', () => shop.homebody!.pause());
}

function sample(context: DrawerContext, shopper: Shopper, enabled: boolean): HTMLElement {
  const { shop, changed } = context;
  const button = h(
    'button',
    {
      type: 'button',
      class: 'shopper',
      disabled: !enabled,
      'data-testid': `sample-${shopper.name.toLowerCase().replace(' ', '-')}`,
    },
    h('strong', {}, shopper.name),
    h('span', {}, shopper.text),
  );
  button.addEventListener('click', async () => {
    button.disabled = true;
    // One address for all three, so that the server cannot tell which one was tried.
    const { listings } = await shop.api.candidates('all');
    await shop.homebody!.forget('all');
    const kept = await replay(shop.homebody!, shopper, listings, Date.now());
    shop.toast(`${shopper.name}: ${kept} events. The list behind has a new order.`);
    await changed();
  });
  return button;
}

async function download({ shop }: DrawerContext): Promise<void> {
  const text = await shop.homebody!.export();
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  h('a', { href: address, download: 'what-this-device-knows.json' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Everything gone, the shop's own things too, and the question asked again. */
async function newVisitor({ shop }: DrawerContext): Promise<void> {
  await shop.homebody!.forget('all');
  for (const key of ['shop.consent', 'shop.cart', 'shop.wishes']) localStorage.removeItem(key);
  location.assign(`/${location.search}`);
}

function part(...children: (Node | string | false | undefined)[]): HTMLElement {
  return h('section', { class: 'drawer-part' }, ...children);
}

function fact(name: string, value: string): HTMLElement[] {
  return [h('dt', {}, name), h('dd', { 'data-fact': name }, value)];
}
