import { EVENT_NAMES, type EventInput, type EventItemInput, type EventName } from '../domain';

/**
 * Listens to elements that name their item: `data-homebody-item="ID"`, with `-title`, `-brand`, `-category`
 * ("Home > Chairs") and `-price` beside it if they are known. A click on a link in one is a `select_item`; a click on
 * something with `data-homebody-event="add_to_cart"` (or another event's name) in it is that event; an element
 * with `data-homebody-view` is a `view_item` at once. Returns a function that ends the listening.
 */
export function listenToAttributes(root: Document, onEvent: (event: EventInput) => void): () => void {
  for (const element of root.querySelectorAll('[data-homebody-view][data-homebody-item]')) {
    onEvent({ event: 'view_item', items: [itemOf(element as HTMLElement)] });
  }
  const onClick = (click: Event) => {
    try {
      const event = clicked(click.target);
      if (event) onEvent(event);
    } catch (error) {
      console.warn(error);
    }
  };
  // While capturing: a shop's handler that stops the propagation must not hide the click.
  root.addEventListener('click', onClick, true);
  return () => root.removeEventListener('click', onClick, true);
}

function clicked(target: EventTarget | null): EventInput | undefined {
  if (!(target instanceof Element)) return undefined;
  const element = target.closest<HTMLElement>('[data-homebody-item]');
  if (!element) return undefined;
  const named = target.closest<HTMLElement>('[data-homebody-event]')?.dataset.homebodyEvent;
  const event = named ? EVENT_NAMES.find((name) => name === named) : inLink(target, element);
  return event && { event, items: [itemOf(element)] };
}

function inLink(target: Element, element: Element): EventName | undefined {
  const link = target.closest('a[href]');
  return link && (element.contains(link) || link.contains(element)) ? 'select_item' : undefined;
}

/** The item that an element names, in GA4's fields. */
export function itemOf(element: HTMLElement): EventItemInput {
  const { homebodyItem, homebodyTitle, homebodyBrand, homebodyCategory, homebodyPrice } = element.dataset;
  const item: EventItemInput = { item_id: homebodyItem ?? '' };
  if (homebodyTitle) item.item_name = homebodyTitle;
  if (homebodyBrand) item.item_brand = homebodyBrand;
  for (const [i, part] of (homebodyCategory?.split('>').slice(0, 5) ?? []).entries()) {
    item[`item_category${i === 0 ? '' : i + 1}` as 'item_category'] = part.trim();
  }
  const price = Number.parseFloat(homebodyPrice ?? '');
  if (price >= 0) item.price = price;
  return item;
}
