// The pages say what the product does: settings, links, endpoints and parameters are compared with it,
// and the examples that can be run are run.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS_PAGE, settingsPage } from '../scripts/settings-docs.ts';
import { userLine } from './support/claude-lines.ts';
import { until, Workspace } from './support/daemon.ts';
import type { Daemon } from './support/daemon.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = ['README.md', 'ARCHITECTURE.md', 'bench/README.md', ...markdownBelow('docs')];

function markdownBelow(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name)).toSorted();
}

function page(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What stands in fences of a language. */
function examples(path: string, language: string): string[] {
  return [...page(path).matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter((block) => block[1] === language).map((block) => block[2] ?? '');
}

function withoutExamples(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const headings = [...withoutExamples(text).matchAll(/^#+ +(.+)$/gm)].map((match) => match[1] ?? '');
  return headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-'));
}

function brokenLinksOf(path: string): string[] {
  const targets = [...withoutExamples(page(path)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !resolves(path, target)).map((target) => `${path}: ${target}`);
}

function resolves(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#', 2);
  const path = file === '' ? join(ROOT, from) : resolve(ROOT, dirname(from), file);
  if (relative(ROOT, path).startsWith('..') || !existsSync(path)) return false;
  return anchor === undefined || (statSync(path).isFile() && anchorsOf(readFileSync(path, 'utf8')).includes(anchor));
}

describe('the pages', () => {
  it('have the settings as they are: "npm run docs:settings" writes the page', () => {
    expect(readFileSync(SETTINGS_PAGE, 'utf8')).toBe(settingsPage());
  });

  it('link to what is there', () => {
    expect(PAGES.flatMap(brokenLinksOf)).toEqual([]);
  });
});

interface Parameter {
  name: string;
  in: string;
  schema: { default?: unknown; maximum?: number };
}
type OpenapiPaths = Record<string, Record<string, { parameters?: Parameter[] }>>;

/** Endpoints with their query parameters: `name default maximum`, a dash where there is none. */
type Endpoints = Record<string, string[]>;

function endpointsServed(paths: OpenapiPaths): Endpoints {
  const endpoints: Endpoints = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      const query = parameters.filter((parameter) => parameter.in === 'query');
      endpoints[`${method.toUpperCase()} ${path}`] = query.map(({ name, schema }) => `${name} ${String(schema.default ?? '–')} ${String(schema.maximum ?? '–')}`).toSorted();
    }
  }
  return endpoints;
}

/** An endpoint is a heading `### METHOD /path`; below it, a table whose first column is "parameter". */
function endpointsDescribed(text: string): Endpoints {
  const endpoints: Endpoints = {};
  const sections = withoutExamples(text).split(/^(?=##+ )/m);
  for (const section of sections) {
    const name = /^### ((?:GET|POST|PUT|PATCH|DELETE) \/\S*)$/m.exec(section)?.[1];
    if (name !== undefined) endpoints[name] = parametersDescribed(section).toSorted();
  }
  return endpoints;
}

function parametersDescribed(section: string): string[] {
  const table = /^\| parameter \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(section)?.[1] ?? '';
  return table.split('\n').filter((row) => row !== '').flatMap((row) => {
    const [names = '', fallback = '', maximum = ''] = row.split('|').slice(1).map((cell) => cell.trim());
    return [...names.matchAll(/`(\w+)`/g)].map((match) => `${match[1] ?? ''} ${fallback} ${maximum}`);
  });
}

describe('the pages beside a daemon', () => {
  const workspace = new Workspace();
  const followers: ChildProcess[] = [];
  let daemon: Daemon;
  let written = 0;

  /** Lines of one session, the last of them without its newline. */
  function write(lines: number): void {
    const file = join(workspace.root, 'p', 'followed.jsonl');
    const before = written;
    written += lines;
    const text = Array.from({ length: lines }, (_, i) => userLine({ session: 'followed', n: before + i })).join('\n');
    appendFileSync(file, before === 0 ? text : `\n${text}`);
  }

  beforeAll(async () => {
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(workspace.dir, 'node_modules'));
    daemon = await workspace.start();
  });
  afterAll(async () => {
    for (const follower of followers) follower.kill('SIGKILL');
    await workspace.remove();
  });

  it('docs/http.md has every endpoint with its parameters, and no other', async () => {
    const { paths } = await daemon.get<{ paths: OpenapiPaths }>('/openapi.json');
    expect(endpointsDescribed(page('docs/http.md'))).toEqual(endpointsServed(paths));
  });

  it('the client of docs/websocket.md keeps each record once, whoever is killed', async () => {
    const program = join(workspace.dir, 'follow.mjs');
    const out = join(workspace.dir, 'out.ndjson');
    writeFileSync(program, examples('docs/websocket.md', 'js')[0] ?? '');
    const follow = (): number => followers.push(spawn(process.execPath, [program, workspace.dataDir, out], { stdio: 'ignore' }));
    const kept = (): number => (existsSync(out) ? readFileSync(out, 'utf8').split('\n').length - 1 : 0);

    follow();
    write(300);
    await until(() => kept() >= 299);
    followers.at(-1)?.kill('SIGKILL');
    appendFileSync(out, '{"epoch":"cut sho');
    write(300);
    follow();
    await until(() => kept() >= 400);
    await daemon.kill();
    write(300);
    daemon = await workspace.start();
    await until(() => kept() >= 899);

    const exported = (await daemon.text('/api/export?content=none')).trim().split('\n').slice(0, -1);
    const offsets = (lines: string[]): unknown[] => lines.map((line) => (JSON.parse(line) as { offset: string }).offset);
    expect(exported).toHaveLength(899);
    expect(offsets(readFileSync(out, 'utf8').trim().split('\n'))).toEqual(offsets(exported));
  });

  it('docs/archive.md has statements that DuckDB runs', async () => {
    const { id } = (await (await daemon.fetch('/api/jobs', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ type: 'archive_run', all: true }),
    })).json()) as { id: string };
    await until(async () => (await daemon.get(`/api/jobs/${id}`))['state'] === 'done');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const rows: unknown[] = [];
    for (const statement of examples('docs/archive.md', 'sql')) {
      const reader = await connection.runAndReadAll(statement.replaceAll("'archive/", `'${workspace.dataDir}/archive/`));
      rows.push(...reader.getRowObjectsJson());
    }
    connection.closeSync();
    expect(rows).toContainEqual({ month: '2026-10', lines: '899', records: '899', sessions: '1' });
  });
});
