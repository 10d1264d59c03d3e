/** `/sandbox`: how tests steer the sandbox. Open, since it is reached from this machine alone. */
import type { FastifyInstance } from 'fastify';
import { objectOf } from '../http/schemas/shared.ts';
import { ADVANCE, parseDuration } from './duration.ts';
import type { LoggedRequest } from './request-log.ts';
import { SCENARIO_SCHEMA, type Scenario } from './scenario.ts';

export const CONTROL_PREFIX = '/sandbox';

export interface SandboxControl {
  readonly scenario: () => Scenario;
  /** How far the clock has been advanced, in milliseconds. */
  readonly advancedMs: () => number;
  /** @throws AppError `request.invalid` */
  setScenario(raw: unknown): void;
  /** The scenario of the start, nothing counted, nothing logged, no job under way. */
  reset(): Promise<void>;
  advance(ms: number): Promise<void>;
  requests(): readonly LoggedRequest[];
}

export function addControlRoutes(app: FastifyInstance, control: SandboxControl): void {
  const show = () => ({ scenario: control.scenario(), advancedMs: control.advancedMs() });

  app.get(CONTROL_PREFIX, async () => show());
  app.get(`${CONTROL_PREFIX}/schema`, async () => SCENARIO_SCHEMA);
  app.post(`${CONTROL_PREFIX}/scenario`, async ({ body }) => {
    control.setScenario(body);
    return show();
  });
  app.post(`${CONTROL_PREFIX}/reset`, async () => {
    await control.reset();
    return show();
  });
  app.post<{ Body: { advance: string } }>(
    `${CONTROL_PREFIX}/clock`,
    { schema: { body: objectOf({ advance: ADVANCE }) } },
    async ({ body }) => {
      await control.advance(parseDuration(body.advance));
      return show();
    },
  );
  app.get<{ Querystring: { protocol?: string; call?: string } }>(
    `${CONTROL_PREFIX}/requests`,
    {
      schema: {
        querystring: objectOf({ protocol: { type: 'string' }, call: { type: 'string' } }, [
          'protocol',
          'call',
        ]),
      },
    },
    async ({ query: { protocol, call } }) => ({
      requests: control
        .requests()
        .filter((one) => protocol === undefined || one.protocol === protocol)
        .filter((one) => call === undefined || one.call === call),
    }),
  );
}
