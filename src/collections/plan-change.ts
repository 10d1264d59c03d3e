/** What changes between two versions of a collection, in words and in the order in which it would be done. */
import { isDeepStrictEqual } from 'node:util';
import type { Collection, Field, FieldType } from './collection.ts';
import { renderTarget } from './parse-target.ts';

export type ChangeKind =
  | 'add_field'
  | 'drop_field'
  | 'widen_type'
  | 'narrow_type'
  | 'change_column'
  | 'change_rules'
  | 'change_key'
  | 'change_scope'
  | 'change_target'
  | 'change_settings';

export interface ChangeStep {
  readonly kind: ChangeKind;
  readonly field?: string;
  /** Stored values may be lost, or may not fit any more. */
  readonly isDestructive: boolean;
  /** The managed table changes too, not only the rules for new records. */
  readonly changesTable: boolean;
  /** A line for `collections apply --dry-run`, without a full stop. */
  readonly description: string;
}

/** Every value of the old type is a value of the new one. */
const WIDENS: Readonly<Record<FieldType, readonly FieldType[]>> = {
  text: [],
  integer: ['number', 'text'],
  number: ['text'],
  boolean: ['text'],
  date: ['text'],
  time: ['text'],
  'date-time': ['text'],
  uuid: ['text'],
  json: ['text'],
};

/** Empty when the two are the same. Only a managed collection's table is ours: a bound one is never changed. */
export function planChange(from: Collection, to: Collection): readonly ChangeStep[] {
  const isManaged = from.target.kind === 'managed' && to.target.kind === 'managed';
  const before = new Map(from.fields.map((field) => [field.name, field]));
  const after = new Set(to.fields.map((field) => field.name));
  const steps = [
    ...targetSteps(from, to),
    ...from.fields.filter((field) => !after.has(field.name)).map((field) => dropStep(field, isManaged)),
    ...to.fields.flatMap((field) => {
      const old = before.get(field.name);
      return old === undefined ? [addStep(field, isManaged)] : fieldSteps(old, field, isManaged);
    }),
    ...keySteps(from, to),
    ...settingSteps(from, to),
  ];
  return steps.map((step) => (isManaged ? step : { ...step, changesTable: false }));
}

function targetSteps(from: Collection, to: Collection): ChangeStep[] {
  if (isDeepStrictEqual(from.target, to.target)) return [];
  const description = `change the target from ${targetName(from)} to ${targetName(to)}; no record is moved`;
  return [{ kind: 'change_target', isDestructive: true, changesTable: false, description }];
}

function targetName({ target }: Collection): string {
  const rendered = renderTarget(target);
  return rendered === undefined ? 'a table of its own' : Object.values(rendered).join(' in ');
}

function dropStep(field: Field, isManaged: boolean): ChangeStep {
  const loss = isManaged ? ', with all its values' : '; its column stays';
  const description = `drop the field "${field.name}"${loss}`;
  return { kind: 'drop_field', field: field.name, isDestructive: isManaged, changesTable: true, description };
}

function addStep({ name, type, column, schema }: Field, isManaged: boolean): ChangeStep {
  const where = column === name ? '' : `, as column "${column}"`;
  const gap = isManaged && schema.isRequired ? '; records that exist already have no value' : '';
  const description = `add the field "${name}" (${type})${where}${gap}`;
  return { kind: 'add_field', field: name, isDestructive: false, changesTable: true, description };
}

function fieldSteps(old: Field, now: Field, isManaged: boolean): ChangeStep[] {
  const steps: ChangeStep[] = [];
  const base = { field: now.name, isDestructive: false, changesTable: false };
  if (old.type !== now.type) steps.push(typeStep(old, now, isManaged));
  if (old.column !== now.column) {
    const description = `move "${now.name}" from column "${old.column}" to "${now.column}"; values of the old column are lost`;
    const lossless = description.slice(0, description.indexOf(';'));
    const isDestructive = isManaged;
    steps.push({
      ...base,
      kind: 'change_column',
      isDestructive,
      changesTable: true,
      description: isManaged ? description : lossless,
    });
  }
  const changed = ruleChanges(old, now);
  if (changed.length > 0) {
    const description = `change the rules of "${now.name}" (${changed.join(', ')}); records that exist are not judged again`;
    steps.push({ ...base, kind: 'change_rules', description });
  }
  return steps;
}

function typeStep(old: Field, now: Field, isManaged: boolean): ChangeStep {
  const isWider = WIDENS[old.type].includes(now.type);
  const kind = isWider ? 'widen_type' : 'narrow_type';
  const risk = isWider ? '' : '; values that do not fit make it fail';
  const description = `change "${now.name}" from ${old.type} to ${now.type}${risk}`;
  return { kind, field: now.name, isDestructive: isManaged && !isWider, changesTable: true, description };
}

/** Names of the schema keywords and rules that differ. */
function ruleChanges(old: Field, now: Field): string[] {
  const flat = ({ schema, rules, title, aliases }: Field) => {
    return new Map<string, unknown>(Object.entries({ ...schema, ...rules, title, aliases }));
  };
  const [a, b] = [flat(old), flat(now)];
  const names = new Set([...a.keys(), ...b.keys()]);
  // Implied by `isRequired` for every field but the required ones that may be null.
  if (a.get('isRequired') !== b.get('isRequired')) names.delete('isNullable');
  const differing = [...names].filter((name) => !isDeepStrictEqual(a.get(name), b.get(name)));
  return differing.map((name) => RULE_WORDS.get(name) ?? name);
}

const RULE_WORDS: ReadonlyMap<string, string> = new Map([
  ['isRequired', 'required'],
  ['isNullable', 'null'],
  ['nested', 'schema'],
]);

/** A changed key is a changed primary key: it fails where values repeat, and records are found by other fields from then on. */
function keySteps(from: Collection, to: Collection): ChangeStep[] {
  if (isDeepStrictEqual([from.key, from.keyIndex], [to.key, to.keyIndex])) return [];
  const name = ({ key, keyIndex }: Collection) =>
    (key.length === 0 ? 'none' : key.join(', ')) + (keyIndex ? ` (${keyIndex})` : '');
  const description = `change the key from ${name(from)} to ${name(to)}; it must be different in every record`;
  return [{ kind: 'change_key', isDestructive: true, changesTable: true, description }];
}

function settingSteps(from: Collection, to: Collection): ChangeStep[] {
  const steps: ChangeStep[] = [];
  if (!isDeepStrictEqual(from.scope, to.scope)) {
    const name = ({ scope }: Collection) => (scope.length === 0 ? 'none' : scope.join(', '));
    const description = `change the scope from ${name(from)} to ${name(to)}`;
    steps.push({ kind: 'change_scope', isDestructive: true, changesTable: true, description });
  }
  const names = [
    'title',
    'references',
    'session',
    'unknownFields',
    'transforms',
    'validators',
    'recordSchema',
  ] as const;
  const changed = names.filter((name) => !isDeepStrictEqual(from[name], to[name]));
  if (changed.length > 0) {
    const description = `change the collection's ${changed.join(', ')}`;
    steps.push({ kind: 'change_settings', isDestructive: false, changesTable: false, description });
  }
  return steps;
}
