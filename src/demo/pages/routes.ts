/** Where the shop's addresses lead. */
export type Route =
  | { page: 'home' | 'cart' | 'checkout' | 'thanks' | 'missing' }
  | { page: 'category'; slug: string }
  | { page: 'product'; id: string }
  | { page: 'search'; text: string };

export function readRoute(pathname: string, search: string): Route {
  const parts = pathname.split('/').filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0) return { page: 'home' };
  if (parts.length === 2 && first === 'category') return { page: 'category', slug: second! };
  if (parts.length === 2 && first === 'product') return { page: 'product', id: decodeURIComponent(second!) };
  if (parts.length === 1 && first === 'search') {
    return { page: 'search', text: new URLSearchParams(search).get('q') ?? '' };
  }
  if (parts.length === 1 && (first === 'cart' || first === 'checkout' || first === 'thanks')) return { page: first };
  return { page: 'missing' };
}

/** `Home & Living` → `/category/home-living`. */
export function departmentAddress(name: string): string {
  return `/category/${departmentSlug(name)}`;
}

export function departmentSlug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
