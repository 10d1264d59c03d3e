/** A shop's tables, whose ids no file has, and their collections. */
import assert from 'node:assert/strict';
import { describeIssue } from '../../src/core/issue.ts';
import { createEngine, type Definition, type Engine, type Finished } from './harness.ts';

export const text = { type: 'string' };
export const maybe = { type: ['string', 'null'] };

export const PRODUCTS = {
  name: 'products',
  key: ['sku'],
  target: { table: 'shop.products' },
  scope: ['account_id'],
  references: [
    { field: 'category', collection: 'categories', toField: 'code', store: 'id', column: 'category_id' },
  ],
  schema: {
    type: 'object',
    properties: {
      sku: { type: 'string' },
      name: { type: ['string', 'null'] },
      category: { type: ['string', 'null'] },
    },
  },
};

export interface Shop {
  readonly engine: Engine;
  bothWays(
    collection: string,
    file: string,
    more?: Partial<Parameters<Engine['import']>[0]>,
  ): Promise<Finished>;
  exportOf(collection: string, account: string): Promise<string>;
}

/** With categories and products. */
export async function openShop(): Promise<Shop> {
  const engine = await createEngine();
  await engine.database.pool.query(`
    create schema shop;
    create table shop.categories (id bigint generated always as identity primary key, account_id bigint not null,
      code text not null, name text not null default '', unique (account_id, code));
    create table shop.products (id bigint generated always as identity primary key, account_id bigint not null, sku text not null,
      name text, category_id bigint references shop.categories, unique (account_id, sku));
    create table shop.people (id bigint generated always as identity primary key, account_id bigint not null, email text not null,
      deleted_at timestamptz);
    create unique index people_live on shop.people (account_id, lower(email)) where deleted_at is null;
    create table shop.shops (id uuid primary key default gen_random_uuid(), town text not null, street text not null);
    create table shop.orders (id bigint generated always as identity primary key, account_id bigint not null, order_no text not null,
      person_id bigint references shop.people, shop_id uuid references shop.shops, unique (account_id, order_no));
    create table shop.lines (order_id bigint not null references shop.orders, line_no int not null,
      product_id bigint not null references shop.products, qty int not null check (qty > 0), primary key (order_id, line_no));
    insert into shop.people (account_id, email, deleted_at) values (1, 'Ann@Acme.test', null), (1, 'old@acme.test', now()), (2, 'bob@globex.test', null);
    insert into shop.shops (town, street) values ('Graz', 'A'), ('Graz', 'B'), ('Wien', 'A'), ('Linz', 'A'), ('Linz', 'A');
    insert into shop.categories (account_id, code) values (1, 'LIGHT'), (1, 'SEAT'), (2, 'LIGHT'), (2, 'OTHERS')`);
  await engine.apply({
    name: 'categories',
    key: ['code'],
    target: { table: 'shop.categories' },
    scope: ['account_id'],
    schema: { type: 'object', properties: { code: { type: 'string' }, name: { type: 'string' } } },
  });
  await engine.apply(PRODUCTS);
  return {
    engine,
    bothWays: (...given) => bothWays(engine, ...given),
    exportOf: (...given) => exportOf(engine, ...given),
  };
}

/** A validation and an import of one file in small chunks, which must say the same. */
async function bothWays(
  engine: Engine,
  collection: string,
  text: string,
  more: Partial<Parameters<Engine['import']>[0]> = {},
): Promise<Finished> {
  const request = {
    collection,
    source: { upload: await engine.upload(text) },
    scope: { account_id: '1' },
    mode: 'upsert' as const,
    ...more,
  };
  const validation = await engine.validate({ ...request, effects: true });
  const imported = await engine.import(request, { maxChunkRecords: 2 });
  assert.deepEqual(imported.issues, validation.issues);
  return imported;
}

export function linesOf(file: Buffer): string {
  return file.toString().replaceAll('\r\n', '\n');
}

export function told({ issues }: Finished): unknown[] {
  return issues.map((issue) => [issue.record, issue.field, issue.value, describeIssue(issue)]);
}

async function exportOf(engine: Engine, collection: string, account: string): Promise<string> {
  const { job } = await engine.export({ collection, scope: { account_id: account } });
  return linesOf(await engine.artifact(job, `${collection}.csv`));
}

export const ORDERS: Definition = {
  name: 'orders',
  key: ['order_no'],
  target: { table: 'shop.orders' },
  scope: ['account_id'],
  references: [
    {
      field: 'person',
      collection: 'people',
      toField: 'email',
      store: 'id',
      column: 'person_id',
      missing: 'null',
    },
    {
      fields: ['town', 'street'],
      collection: 'shops',
      toFields: ['town', 'street'],
      store: 'id',
      column: 'shop_id',
    },
  ],
  schema: { type: 'object', properties: { order_no: text, person: maybe, street: maybe, town: maybe } },
};
