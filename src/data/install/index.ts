/** Copies model folders from disk, the web or a hub, whole or not at all. */
export { type Installed, type InstallOptions, installModel } from './install';
export { HUB, type ModelSource, openSource } from './source';
