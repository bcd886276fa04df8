/** Turns what a page already tells (GA4's `dataLayer`, JSON-LD, `data-*` attributes, visibility) into events. */
export { type Capture, type CaptureOptions, type Source, startCapture } from './capture';
export { Ga4Reader } from './ga4';
export { productFacts } from './json-ld';
