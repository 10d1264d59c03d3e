/** What the OpenAPI documents of both protocols say in the same words. */
import type { OperationAnswer, Parameters } from '../protocol.ts';
import { FAULT_LIMITS, type FaultCode, statusOf } from './faults.ts';
import { ANSWER_LANGUAGES } from './languages.ts';

export const ID_PATTERN =
  '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$';

/** Three decimals and Z. */
export const TIME = {
  type: 'string',
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
} as const;

/** The header that chooses the language of answers. */
export const LANGUAGE_HEADER: Parameters = {
  'accept-language': {
    type: 'string',
    enum: ANSWER_LANGUAGES,
    description: 'The language of messages for people.',
  },
};

export const MESSAGE_HEADER: Parameters = {
  'x-egain-error-message': { type: 'string', description: '`yes`: errors have a userMessage, too.' },
};

/** Answers that refuse, by status, each with those of a call's codes that it carries. */
export function describeFaults(codes: readonly FaultCode[]): Readonly<Record<number, OperationAnswer>> {
  const byStatus = Object.groupBy(codes, statusOf);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, some = []]) => [status, describeFault(Number(status), some)]),
  );
}

function describeFault(status: number, codes: readonly FaultCode[]): OperationAnswer {
  const text = (maxLength: number) => ({ type: 'string', maxLength });
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['code', 'developerMessage'],
    properties: {
      code: { type: 'string', enum: codes },
      developerMessage: text(status === 406 ? FAULT_LIMITS.languageMessage : FAULT_LIMITS.developerMessage),
      details: {
        type: 'array',
        maxItems: FAULT_LIMITS.details,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['key'],
          properties: { key: text(FAULT_LIMITS.detail), value: text(FAULT_LIMITS.detail) },
        },
      },
      userMessage: text(FAULT_LIMITS.userMessage),
    },
  };
  return { description: `Refused: ${codes.join(', ')}.`, content: { 'application/json': schema } };
}
