import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openWorkplace, type Workplace } from './run-waybill.ts';

let place: Workplace;
before(async () => {
  place = await openWorkplace();
});
after(() => place.close());

const GOOD = { avepoint: { reports: { activities: { collection: 'activities' } }, mount: { prefix: '/a' } } };

test('config check says what is wrong with a binding, without a server', async () => {
  await place.write('waybill.config.json', JSON.stringify({ protocols: GOOD }));
  await place.run(['config', 'check']);
  const wrong = {
    avepont: {},
    emarsys: { mont: {} },
    avepoint: { reports: { activites: { collection: 'activities' } } },
  };
  await place.write('waybill.config.json', JSON.stringify({ protocols: wrong }));
  const { stderr } = await place.run(['config', 'check'], { code: 64 });
  assert.match(stderr, /protocols\.avepont is not known \(did you mean "?avepoint"?/);
  assert.match(stderr, /"mont" is not known.*mount/);
  assert.match(stderr, /"activites" is not known.*activities/);
});

test('config schema has the binding of each protocol', async () => {
  await place.write('waybill.config.json', '{}');
  const { stdout } = await place.run(['config', 'schema']);
  const validate = new Ajv2020({ strictTypes: false, strictRequired: false }).compile(
    JSON.parse(stdout) as object,
  );
  assert.equal(validate({ protocols: GOOD }), true, JSON.stringify(validate.errors));
  assert.equal(validate({ protocols: { avepoint: { reports: {} } } }), false);
});
