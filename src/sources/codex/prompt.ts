// Telling what a human typed from what Codex writes under the user's role.

const GENERATED = /^\s*(<environment_context>|<user_instructions>|<INSTRUCTIONS>|<permissions instructions>|<collaboration_mode>|<turn_aborted>|<user_action>|<user_shell_command>|<subagent_notification>|<hook_prompt|<skills?[ >_]|<personality|# AGENTS\.md instructions)/;
/** A text that is one element with a name of several words, as nobody types. */
const ELEMENT = /^\s*<([a-z]+(?:_[a-z]+)+)(?: [^>]*)?>[^]*<\/\1>\s*$/;
/** What stands around an image. */
const IMAGE = /^\s*<\/?image(?: [^>]*)?>\s*$/;
/** Editors put what is open before what was asked. */
const ASKED = /^## My request for Codex:\s*$/m;

/** The text of a human prompt among a user message's texts, or null where there is none. */
export function promptText(texts: readonly string[]): string | null {
  const typed = texts.filter((text) => !GENERATED.test(text) && !ELEMENT.test(text)).map(afterContext).filter((text) => text.trim() !== '');
  // An image alone is a prompt, too.
  return typed.find((text) => !IMAGE.test(text)) ?? typed[0] ?? null;
}

function afterContext(text: string): string {
  if (!text.startsWith('# Context from my IDE setup')) return text;
  const asked = ASKED.exec(text);
  return asked === null ? text : text.slice(asked.index + asked[0].length);
}

const FOLDER = /<environment_context>[^]{0,2000}?(?:<cwd>([^<\n]+)<\/cwd>|Current working directory: ([^\n]+))/;

/** The working directory, where Codex told the model of it. */
export function folderText(texts: readonly string[]): string | null {
  for (const text of texts) {
    const told = FOLDER.exec(text);
    if (told !== null) return (told[1] ?? told[2] ?? '').trim() || null;
  }
  return null;
}
