import type { WorkerDependencies } from '../dependencies.ts';
import { fetchEgainPackage } from './fetch-egain-package.ts';

/** What a source by reference may name as `unpack`. */
export const FETCHERS: WorkerDependencies['fetchers'] = { 'egain-package': fetchEgainPackage };
