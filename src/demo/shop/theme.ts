export type Theme = 'light' | 'dark';

/** The visitor's choice, else what the system prefers. */
export function readTheme(storage: Storage | undefined): Theme {
  const chosen = document.documentElement.dataset.theme ?? stored(storage);
  if (chosen === 'light' || chosen === 'dark') {
    document.documentElement.dataset.theme = chosen;
    return chosen;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function writeTheme(storage: Storage | undefined, theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    storage?.setItem('shop.theme', theme);
  } catch {
    // Kept until the page is left.
  }
}

function stored(storage: Storage | undefined): string | null {
  try {
    return storage?.getItem('shop.theme') ?? null;
  } catch {
    return null;
  }
}
