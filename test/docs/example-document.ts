/**
 * Examples in documents. A block fenced as `console` holds commands behind `$ ` (their further lines behind
 * `> `) and what they print; it is run. A block whose
 * fence says `file=NAME` is a file that the commands find. A line `...` stands for any lines; what is JSON is compared as such.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/run-group.ts';
import { isAnswer, layOut, parseAnswer } from './json-answer.ts';

export interface Step {
  readonly command: string;
  /** Lines as the document has them. */
  readonly output: readonly string[];
  /** Position of the output in the document's lines. */
  readonly firstLine: number;
}

export interface ExampleDocument {
  readonly lines: readonly string[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly steps: readonly Step[];
  /** Commands that are shown but not run here: servers, and what the machine of the tests runs itself. */
  readonly shown: readonly string[];
  /** How many steps come before the first `waybill serve` that is shown; 0 where none is. */
  readonly stepsBeforeServing: number;
}

export function readDocument(path: string): ExampleDocument {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  const files: { name: string; content: string }[] = [];
  const steps: Step[] = [];
  const shown: string[] = [];
  let stepsBeforeServing: number | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^```(\w+)?(?: file=(\S+))?$/.exec(lines[at] ?? '');
    if (fence === null) continue;
    const end = lines.indexOf('```', at + 1);
    const inside = lines.slice(at + 1, end);
    if (fence[2] !== undefined) files.push({ name: fence[2], content: `${inside.join('\n')}\n` });
    if (fence[1] === 'console') steps.push(...readSteps(inside, at + 1));
    if (fence[1] === 'sh' && inside.includes('waybill serve')) stepsBeforeServing ??= steps.length;
    if (fence[1] === 'sh') shown.push(...inside.join('\n').replaceAll('\\\n', ' ').split('\n'));
    at = end;
  }
  return { lines, files, steps, shown, stepsBeforeServing: stepsBeforeServing ?? 0 };
}

function readSteps(inside: readonly string[], offset: number): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < inside.length; ) {
    let command = (inside[at] ?? '').replace(/^\$ /, '');
    while (command.endsWith('\\')) command = `${command.slice(0, -1)}${inside[(at += 1)]?.trimStart()}`;
    at += 1;
    for (; inside[at]?.startsWith('> '); at += 1) command += `\n${inside[at]?.slice(2)}`;
    const next = inside.findIndex((line, index) => index >= at && line.startsWith('$ '));
    const end = next === -1 ? inside.length : next;
    steps.push({ command, output: inside.slice(at, end), firstLine: offset + at });
    at = end;
  }
  return steps;
}

/** The document with what the commands really print, in full (without `...`) where it is not what the document says. */
export function withOutputs(document: ExampleDocument, outputs: readonly string[]): string {
  const lines = [...document.lines];
  for (const [index, step] of [...document.steps.entries()].reverse()) {
    const output = outputs[index] ?? '';
    if (matches(step.output, output)) continue;
    const printed = readable(output);
    lines.splice(step.firstLine, step.output.length, ...(printed === '' ? [] : printed.split('\n')));
  }
  return lines.join('\n');
}

/** What a command has printed, as a document shows it. */
export function readable(output: string): string {
  const answer = parseAnswer(output);
  if (answer !== undefined) return layOut(answer);
  return output.replaceAll('\r', '').replaceAll(PROGRESS, '').replaceAll(/ +$/gm, '').trimEnd();
}

/** What a slow machine prints while a job runs. */
const PROGRESS = /^waybill: job \d+ .*%.*\n/gm;

/** Times, rates, ids and runs of blanks, which differ from run to run. */
export function normalise(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b/gi, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(/"uptime": ?\d+/g, 'UPTIME')
    .replaceAll(/ \([\d,]+ records\/s\)/g, '')
    .replaceAll(/, after [^,\n]+ in the queue/g, '')
    .replaceAll(/[\d,]+\/s\b/g, 'RATE')
    .replaceAll(/^(id|etag): .*$/gim, '$1: TAG')
    .replaceAll(/\b\d+ min \d+ s\b|\b[\d.]+ m?s\b/g, 'TOOK')
    .replaceAll(/\/\S*waybill-docs-\w+/g, 'FOLDER')
    .replaceAll(PROGRESS, '')
    .replaceAll('\r', '')
    .replaceAll(/[ \t]+/g, ' ')
    .trimEnd();
}

/** Whether the printed lines are the expected ones, `...` standing for any number of lines, or the rest of a JSON answer. */
export function matches(expected: readonly string[], printed: string): boolean {
  const [shown, answer] = [parseAnswer(expected.join('\n')), parseAnswer(printed)];
  if (shown !== undefined && answer !== undefined) return isAnswer(shown, answer, normalise);
  const pattern = expected
    .map((line) => (line.trim() === '...' ? '(?:.*\\n)*?' : `${escape(normalise(line))} *\\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(
    expected.length === 0 ? normalise(printed) : `${normalise(printed)}\n`,
  );
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
