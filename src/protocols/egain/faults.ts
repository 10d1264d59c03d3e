/** What is wrong with a request, in eGain's form: `WSErrorCommon`. */
import { Refusal, type WireAnswer, type WireRequest } from '../wire.ts';
import { languageOf } from './languages.ts';
import { USER_MESSAGES, type UserMessage } from './user-messages.ts';

interface FaultKind {
  /** `{0}` stands for what is named. */
  readonly developerMessage: string;
  readonly userMessage: UserMessage;
}

/** Source: eGain's OpenAPI documents, components; docs/vendors/egain.md#errors. The texts are literal. */
export const FAULTS = {
  '400-101': {
    developerMessage: "Unsupported query parameter(s) supplied: '{0}'.",
    userMessage: 'invalid',
  },
  '400-112': {
    developerMessage: "Required query parameter(s) is missing. The following parameters are required: '{0}'.",
    userMessage: 'invalid',
  },
  '400-152': {
    developerMessage: "Invalid value is provided in the request body for the following attribute:'{0}'.",
    userMessage: 'invalid',
  },
  '400-196': {
    developerMessage: 'Invalid value of attribute {0}, expected values are: [{1}].',
    userMessage: 'invalid',
  },
  '400-10424': {
    developerMessage: "Limit exceeded. The allowed limit for '{0}' is '{1}'.",
    userMessage: 'limit',
  },
  '401-101': {
    developerMessage: "Invalid or expired 'Authorization' header provided. New login is required.",
    userMessage: 'signIn',
  },
  '401-104': { developerMessage: "Invalid or missing 'authorization' header value.", userMessage: 'signIn' },
  '403-178': {
    developerMessage: 'User is not allowed to perform the following action: {0}.',
    userMessage: 'forbidden',
  },
  '403-197': { developerMessage: 'Not authorized to perform this action.', userMessage: 'forbidden' },
  '404-100': {
    developerMessage: "The following IDs supplied in the URI path were not found: '{0}'.",
    userMessage: 'notFound',
  },
  '404-101': {
    developerMessage: 'The following IDs provided in the URI path were not found: {0}',
    userMessage: 'notFound',
  },
  '406-100': {
    developerMessage: "The 'Accept-Language' header value is invalid.",
    userMessage: 'language',
  },
  // Documented as a status, without a code or a text.
  '409-100': {
    developerMessage: 'The job is not in a state that can be cancelled.',
    userMessage: 'conflict',
  },
  '412-100': { developerMessage: 'Precondition failed: {0}.', userMessage: 'busy' },
  '500-100': {
    developerMessage: 'System is unable to process this request. Please contact your administrator.',
    userMessage: 'system',
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
export type FaultCode = keyof typeof FAULTS;

/** A pair of `details`: what is meant, and what is wrong with it. */
export interface FaultDetail {
  readonly key: string;
  readonly value?: string;
}

export interface Fault {
  readonly code: FaultCode;
  /** What stands for `{0}` and `{1}`. */
  readonly values: readonly string[];
  readonly details?: readonly FaultDetail[];
}

export function fault(code: FaultCode, ...values: readonly string[]): Fault {
  return { code, values };
}

/** Source: eGain's OpenAPI documents, `WSErrorCommon`; the narrowest of its revisions. */
export const FAULT_LIMITS = {
  developerMessage: 2048,
  languageMessage: 255,
  userMessage: 1024,
  details: 30,
  detail: 255,
} as const;

/** The HTTP status that a code begins with. */
export function statusOf(code: FaultCode): number {
  return Number(code.split('-')[0]);
}

/** The answer, with a message for people in their language if the request asks for one. */
export function renderFault({ code, values, details = [] }: Fault, request: WireRequest): WireAnswer {
  const kind: FaultKind = FAULTS[code];
  const developerMessage = kind.developerMessage.replaceAll(
    /\{(\d)\}/g,
    (_, place) => values[Number(place)] ?? '',
  );
  const asksForMessage = request.headers['x-egain-error-message']?.trim().toLowerCase() === 'yes';
  return {
    status: statusOf(code),
    body: {
      code,
      developerMessage: developerMessage.slice(0, FAULT_LIMITS.developerMessage),
      ...(details.length > 0 && { details: details.slice(0, FAULT_LIMITS.details).map(clipDetail) }),
      ...(asksForMessage && { userMessage: USER_MESSAGES[languageOf(request)][kind.userMessage] }),
    },
  };
}

function clipDetail({ key, value }: FaultDetail): FaultDetail {
  return {
    key: key.slice(0, FAULT_LIMITS.detail),
    ...(value !== undefined && { value: value.slice(0, FAULT_LIMITS.detail) }),
  };
}

/** To be thrown: ends the request with this fault, and says of what it is about what was expected. */
export function refuse(found: Fault, request: WireRequest, detail?: FaultDetail): Refusal {
  const details = detail === undefined ? {} : { details: [detail] };
  return new Refusal(renderFault({ ...found, ...details }, request));
}
