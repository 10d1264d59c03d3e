import { CONTACTS, SOURCES } from './airports.ts';
import type { SandboxCollection } from './collection.ts';
import { ARTICLES, DRAFTS } from './films.ts';
import { LINKS, PERMISSIONS, RULES } from './routes.ts';
import { ACTIVITIES, RESPONSES } from './strikes.ts';
import { TRANSFORMS } from './towns.ts';

/** What the protocols of the sandbox are bound to. */
export const COLLECTIONS: readonly SandboxCollection[] = [
  CONTACTS,
  RESPONSES,
  ACTIVITIES,
  PERMISSIONS,
  LINKS,
  SOURCES,
  TRANSFORMS,
  RULES,
  ARTICLES,
  DRAFTS,
];
