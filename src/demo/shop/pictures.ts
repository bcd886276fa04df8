import { pictureAddress } from '../art';
import type { Listing } from './listing';

/** Draws pictures when they come near the screen, a few at a time, so that no list makes a long task. */
export interface Pictures {
  /** An `<img>` of a fixed shape that gets its drawing when it is needed. */
  image(listing: Pick<Listing, 'id' | 'title' | 'motif'>): HTMLImageElement;
}

/** Drawings that a frame may bring: each is laid out and painted on the main thread when it is first shown. */
const AT_ONCE = 3;

export function createPictures(): Pictures {
  const wanted = new WeakMap<Element, Pick<Listing, 'id' | 'title' | 'motif'>>();
  const queue: HTMLImageElement[] = [];
  let drawing = false;

  const draw = () => {
    for (const image of queue.splice(0, AT_ONCE)) {
      const listing = wanted.get(image);
      if (listing) image.src = pictureAddress(listing);
    }
    drawing = queue.length > 0;
    if (drawing) requestAnimationFrame(draw);
  };
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        watcher.unobserve(entry.target);
        queue.push(entry.target as HTMLImageElement);
      }
      if (queue.length > 0 && !drawing) {
        drawing = true;
        requestAnimationFrame(draw);
      }
    },
    { rootMargin: '400px' },
  );

  return {
    image(listing) {
      const image = document.createElement('img');
      // The name beside it says what it is: a second reading would only be noise.
      image.alt = '';
      image.width = 400;
      image.height = 400;
      image.decoding = 'async';
      wanted.set(image, listing);
      watcher.observe(image);
      return image;
    },
  };
}
