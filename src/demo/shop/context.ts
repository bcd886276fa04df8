import type { Consent } from '../../domain';
import type { HomebodyTag } from '../../tag';
import type { ShopEvent, ShopEventDetails } from './analytics';
import type { Api } from './api';
import type { Basket } from './basket';
import type { NetworkMeter } from './network';
import type { RankedList } from './ranked-list';

/** What the pages and the drawer share. One a page; made in main.ts. */
export interface Shop {
  /** `window.homebody`; absent with `?homebody=off`. */
  homebody: HomebodyTag | undefined;
  consent: Consent;
  setConsent(consent: Consent): Promise<void>;
  api: Api;
  basket: Basket;
  network: NetworkMeter;
  push(event: ShopEvent, details: ShopEventDetails): void;
  navigate(path: string): void;
  /** The lists on screen; the first is the one that the drawer explains. */
  lists: RankedList[];
  /** Orders every list on screen again. */
  refresh(): Promise<void>;
  openDrawer(tab?: DrawerTab, itemId?: string): void;
  /** Says something short to everyone, also to a screen reader. */
  toast(text: string): void;
  /** Products opened since the page was loaded, by department: the guide's three steps. */
  opened: Map<string, Set<string>>;
  signal: AbortSignal;
}

export type DrawerTab = 'about' | 'history' | 'interests' | 'why' | 'engine';
