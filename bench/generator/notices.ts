// The records around a conversation: progress, attachments, system notes,
// snapshots, queue operations, titles, errors, types nobody knows yet.

import type { Transcript } from './transcript.ts';

export function bashProgress(thread: Transcript, toolUseId: string): void {
  const { rng, prose } = thread.options;
  thread.tick(2000, 3500);
  thread.chain({
    type: 'progress',
    data: {
      type: 'bash_progress', output: prose.output(60), fullOutput: '', elapsedTimeSeconds: rng.int(2, 40), totalLines: rng.int(0, 30),
      totalBytes: rng.int(0, 4000), taskId: `b${rng.base62(6).toLowerCase()}`,
    },
    toolUseID: `bash-progress-${rng.int(0, 4)}`,
    parentToolUseID: toolUseId,
  });
}

export function hookProgress(thread: Transcript): void {
  const id = thread.options.rng.uuid();
  thread.chain({
    type: 'progress',
    data: { type: 'hook_progress', hookEvent: 'SessionStart', hookName: 'SessionStart:startup', command: 'node .hooks/hello.mjs' },
    parentToolUseID: id,
    toolUseID: id,
  });
}

export function hookAttachment(thread: Transcript, hookName: string, toolUseId: string): void {
  const { rng } = thread.options;
  const attachment = {
    type: 'hook_success', hookName, toolUseID: toolUseId, hookEvent: hookName.split(':')[0], content: 'ok', stdout: 'ok\n', stderr: '',
    exitCode: 0, command: 'node .hooks/format.mjs', durationMs: rng.int(20, 900),
  };
  thread.tick(20, 300);
  thread.chain({ attachment, type: 'attachment' });
}

/** A prompt typed while the agent was busy. */
export function queuedCommand(thread: Transcript): void {
  const prompt = thread.options.prose.prompt();
  thread.options.session.prompts++;
  thread.chain({ attachment: { type: 'queued_command', prompt, commandMode: 'prompt' }, type: 'attachment' }, { prompt });
}

export function queueOperations(thread: Transcript): void {
  const sessionId = thread.options.session.id;
  const content = thread.options.prose.prompt();
  thread.loose({ type: 'queue-operation', operation: 'enqueue', timestamp: thread.timestamp(), content, sessionId });
  thread.tick(1, 20);
  thread.loose({ type: 'queue-operation', operation: thread.options.rng.chance(0.8) ? 'dequeue' : 'remove', timestamp: thread.timestamp(), sessionId });
}

export function snapshot(thread: Transcript, messageId: string, isUpdate: boolean): void {
  const { rng, prose } = thread.options;
  const timestamp = thread.timestamp();
  const backups = isUpdate ? { [prose.fileName()]: { backupFileName: `${rng.hex(16)}@v1`, version: 1, backupTime: timestamp } } : {};
  thread.loose({
    type: 'file-history-snapshot', messageId, snapshot: { messageId, trackedFileBackups: backups, timestamp }, isSnapshotUpdate: isUpdate,
  });
}

export function turnEnd(thread: Transcript, startMs: number): void {
  const { rng } = thread.options;
  if (rng.chance(0.3)) {
    thread.chain({
      type: 'system', subtype: 'stop_hook_summary', hookCount: 1, hookInfos: [{ command: 'node .hooks/done.mjs' }], hookErrors: [],
      preventedContinuation: false, stopReason: '', hasOutput: false, level: 'suggestion', toolUseID: rng.uuid(),
    });
  }
  thread.chain({ type: 'system', subtype: 'turn_duration', durationMs: thread.nowMs - startMs, isMeta: false });
}

export function customTitle(thread: Transcript): void {
  const { session, prose } = thread.options;
  session.title = prose.title();
  thread.loose({ type: 'custom-title', customTitle: session.title, sessionId: session.id });
}

export function aiTitle(thread: Transcript, title: string): void {
  thread.loose({ type: 'ai-title', aiTitle: title, sessionId: thread.options.session.id });
}

/** A request that failed: an assistant line without a model behind it. */
export function apiError(thread: Transcript): void {
  const { rng, truth } = thread.options;
  thread.tick(3000, 20000);
  truth.usageLine('synthetic');
  thread.chain({
    message: {
      id: rng.uuid(), container: null, model: '<synthetic>', role: 'assistant', stop_reason: 'stop_sequence', stop_sequence: '', type: 'message',
      usage: {
        input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0,
        server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 }, service_tier: null,
      },
      content: [{ type: 'text', text: 'API Error: 529 Overloaded. Please try again in a moment.' }],
    },
    error: 'overloaded', isApiErrorMessage: true, type: 'assistant',
  });
}

/** New types turn up every month. */
export function unknownType(thread: Transcript): void {
  const { rng, session } = thread.options;
  const type = rng.pick(['workspace-weather', 'focus-change', 'model-hint']);
  if (rng.chance(0.5)) thread.loose({ type, value: rng.int(0, 9), sessionId: session.id });
  else thread.chain({ type, note: thread.options.prose.sentence() });
}

/** A slash command and its echo: user lines that no person typed as a prompt. */
export function localCommand(thread: Transcript): void {
  thread.chain({
    type: 'user',
    message: { role: 'user', content: '<command-name>/model</command-name>\n<command-message>model</command-message>\n<command-args></command-args>' },
  });
  thread.chain({ type: 'user', message: { role: 'user', content: '<local-command-stdout>Kept the model as it was</local-command-stdout>' } });
}
