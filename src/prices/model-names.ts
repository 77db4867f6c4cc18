// The many names of one model: a log gives the name that the agent asked for, which may say where it was
// asked (Bedrock, Vertex, OpenRouter), how much context it was to have, and which day's model it is.

export interface ListedName {
  name: string;
  /** Whose list to look in; null: whoever makes a model of this name. */
  provider: string | null;
}

/** Vendors of models whose plain name no list matches; OpenRouter's list has them under the vendor. */
const VENDORS: readonly [RegExp, string][] = [[/^glm-/, 'z-ai'], [/^qwen/, 'qwen'], [/^(?:kimi|moonshot)/, 'moonshotai'], [/^minimax/, 'minimax'], [/^deepseek/, 'deepseek'], [/^devstral|^codestral|^mistral/, 'mistralai'], [/^gpt-oss/, 'openai']];
const ON_BEDROCK = /^(?:[a-z-]+\.)?(?:anthropic|amazon|meta|mistral|deepseek|qwen|openai|minimax|moonshot)\.[^/]+$/;

/** Names to look up, the closest first. */
export function namesToTry(model: string): ListedName[] {
  const whole = model.trim().toLowerCase().replace(/\[[^\]]*\]$/, '');
  const last = whole.slice(whole.lastIndexOf('/') + 1);
  const tries: ListedName[] = [];
  const add = (name: string, provider: string | null): unknown => name !== '' && !tries.some((one) => one.name === name && one.provider === provider) && tries.push({ name, provider });
  if (ON_BEDROCK.test(last)) add(last, 'aws');
  if (whole.startsWith('openrouter/')) add(whole.slice('openrouter/'.length), 'openrouter');
  add(whole, null);
  const slash = whole.indexOf('/');
  if (slash > 0) {
    add(whole.slice(slash + 1), whole.slice(0, slash));
    add(whole, 'openrouter');
  }
  for (const name of plainer(last)) {
    add(name, null);
    for (const [pattern, vendor] of VENDORS) if (pattern.test(name)) add(`${vendor}/${name}`, 'openrouter');
  }
  return tries;
}

/** A name without what is said beside the model, step by step. */
function plainer(name: string): string[] {
  const bare = name.replace(/^(?:[a-z-]+\.)?(?:anthropic|openai|google|meta|mistral|deepseek|qwen)\./, '');
  const unversioned = bare.replace(/-v\d+(?::\d+)?$/, '').replace(/:[a-z]+$/, '');
  const dated = unversioned.replace('@', '-');
  const undated = dated.replace(/-(?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest|default)$/, '');
  return [name, bare, unversioned, dated, undated];
}
