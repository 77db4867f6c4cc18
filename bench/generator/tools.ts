// The built-in tools an agent uses, each with an input, the text the model gets
// back and the richer toolUseResult beside it.

import type { Prose } from './prose.ts';
import type { Rng } from './rng.ts';

export interface ToolStep {
  name: string;
  input: Record<string, unknown>;
  content: unknown;
  toolUseResult: unknown;
  isError: boolean;
}

type Maker = (rng: Rng, prose: Prose, chars: number) => ToolStep;

function bash(rng: Rng, prose: Prose, chars: number): ToolStep {
  const input = { command: prose.command(), description: 'Run a quick check' };
  const stdout = prose.output(chars);
  if (rng.chance(0.08)) {
    return { name: 'Bash', input, content: `Exit code 1\n${stdout}`, toolUseResult: `Error: Exit code 1\n${stdout}`, isError: true };
  }
  return { name: 'Bash', input, content: stdout, toolUseResult: { stdout, stderr: '', interrupted: false, isImage: false }, isError: false };
}

function read(_rng: Rng, prose: Prose, chars: number): ToolStep {
  const filePath = prose.path();
  const lines = prose.codeLines(chars);
  const numbered = lines.map((line, index) => `${String(index + 1).padStart(6)}\t${line}`).join('\n');
  const file = { filePath, content: lines.join('\n'), numLines: lines.length, startLine: 1, totalLines: lines.length };
  return { name: 'Read', input: { file_path: filePath }, content: numbered, toolUseResult: { type: 'text', file }, isError: false };
}

function edit(rng: Rng, prose: Prose, chars: number): ToolStep {
  const filePath = prose.path();
  const oldString = prose.codeLine();
  const newString = prose.codeLines(Math.min(chars, 400)).join('\n');
  const oldStart = rng.int(1, 400);
  return {
    name: 'Edit',
    input: { file_path: filePath, old_string: oldString, new_string: newString, replace_all: false },
    content: `The file ${filePath} has been updated successfully.`,
    toolUseResult: {
      filePath, oldString, newString, originalFile: prose.codeLines(chars).join('\n'),
      structuredPatch: [{ oldStart, oldLines: 1, newStart: oldStart, newLines: 3, lines: [`-${oldString}`, `+${newString.slice(0, 200)}`] }],
      userModified: false, replaceAll: false,
    },
    isError: false,
  };
}

function write(_rng: Rng, prose: Prose, chars: number): ToolStep {
  const filePath = prose.path();
  const content = prose.codeLines(chars).join('\n');
  return {
    name: 'Write',
    input: { file_path: filePath, content },
    content: `File created successfully at: ${filePath}`,
    toolUseResult: { type: 'create', filePath, content, structuredPatch: [], originalFile: null },
    isError: false,
  };
}

function grep(rng: Rng, prose: Prose, _chars: number): ToolStep {
  const filenames = Array.from({ length: rng.int(1, 12) }, () => prose.fileName());
  return {
    name: 'Grep',
    input: { pattern: prose.fileName().slice(4, 10), output_mode: 'files_with_matches' },
    content: `Found ${filenames.length} files\n${filenames.join('\n')}`,
    toolUseResult: { mode: 'files_with_matches', filenames, numFiles: filenames.length },
    isError: false,
  };
}

function todo(_rng: Rng, prose: Prose, _chars: number): ToolStep {
  const todos = ['completed', 'in_progress', 'pending'].map((status) => {
    const content = prose.title();
    return { content, status, activeForm: content };
  });
  return {
    name: 'TodoWrite',
    input: { todos },
    content: 'Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress.',
    toolUseResult: { oldTodos: [], newTodos: todos },
    isError: false,
  };
}

function webFetch(rng: Rng, prose: Prose, chars: number): ToolStep {
  const url = `https://docs.example.org/guide/${rng.hex(6)}`;
  const result = prose.text(chars / 2);
  return {
    name: 'WebFetch',
    input: { url, prompt: prose.sentence() },
    content: result,
    toolUseResult: { bytes: rng.int(9000, 90000), code: 200, codeText: 'OK', result, durationMs: rng.int(200, 4000), url },
    isError: false,
  };
}

function screenshot(rng: Rng, prose: Prose, chars: number): ToolStep {
  const filePath = prose.path().replace(/\.ts$/, '.png');
  const data = rng.base64(chars);
  return {
    name: 'Read',
    input: { file_path: filePath },
    content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
    toolUseResult: { type: 'image', file: { base64: data, type: 'image/png', originalSize: chars } },
    isError: false,
  };
}

/** As often as they turn up in practice: reading and commands above all. */
const MAKERS: readonly Maker[] = [
  bash, bash, bash, bash, bash, bash, read, read, read, read, read, read, edit, edit, edit, edit, grep, grep, write, todo, webFetch,
];

export function toolStep(rng: Rng, prose: Prose, chars: number): ToolStep {
  return rng.chance(0.01) ? screenshot(rng, prose, chars * 4) : rng.pick(MAKERS)(rng, prose, chars);
}
