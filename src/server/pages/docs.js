// Reads /openapi.json and makes a page of it on which every operation can be tried. Text of answers is only
// ever set as text. The token, where it is typed in, stays in this page.

const SHOWN_MAX = 200_000;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const { token, filter, about, operations } = Object.fromEntries(['token', 'filter', 'about', 'operations'].map((id) => [id, document.getElementById(id)]));

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

const headers = () => (token.value === '' ? {} : { authorization: `Bearer ${token.value.trim()}` });

async function load() {
  const answer = await fetch('/openapi.json', { headers: headers() });
  document.getElementById('token-label').hidden = answer.ok && token.value === '';
  if (!answer.ok) {
    operations.replaceChildren(make('p', { class: 'wrong', text: answer.status === 401 ? 'The API asks for a token: run "sessionlake open", or type in what "sessionlake token" prints.' : `${answer.status}` }));
    return;
  }
  show(await answer.json());
}

function show(api) {
  about.textContent = `Version ${api.info.version}. ${api.info.description}`;
  const tags = new Map(api.tags.map(({ name, description }) => [name, make('section', {}, make('h2', { text: name, title: description }))]));
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation !== undefined) (tags.get(operation.tags?.[0]) ?? tags.values().next().value).append(operationOf(api, path, method, operation));
    }
  }
  operations.replaceChildren(...tags.values());
  narrow();
}

function operationOf(api, path, method, operation) {
  const details = make('details', { 'data-words': `${method} ${path} ${operation.summary ?? ''}`.toLowerCase() },
    make('summary', {}, make('span', { class: 'method', text: method.toUpperCase() }), make('code', { text: path }), make('span', { text: operation.summary ?? '' })));
  // Most are never opened.
  details.addEventListener('toggle', () => { if (details.open && details.children.length === 1) details.append(formOf(api, path, method, operation)); });
  return details;
}

function formOf(api, path, method, operation) {
  const fields = (operation.parameters ?? []).map((parameter) => ({ parameter, input: inputOf(parameter.schema) }));
  const rows = fields.map(({ parameter: { name, description, required, schema }, input }) =>
    make('tr', {}, make('th', { text: `${name}${required ? ' *' : ''}` }), make('td', {}, input), make('td', { text: [description ?? schema.description, limitsOf(schema)].filter(Boolean).join('. ') })));
  const wanted = operation.requestBody?.content?.['application/json']?.schema;
  const body = wanted === undefined ? null : make('textarea', { spellcheck: 'false', 'aria-label': 'Body' });
  const result = make('div');
  const form = make('form', {}, make('table', {}, ...rows), ...(body === null ? [] : [make('p', { text: 'Body (JSON)' }), body]), make('button', { type: 'submit', text: 'Try it' }), result);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(urlOf(path, fields), method, body?.value, result);
  });
  return make('div', { class: 'body' }, form, answersOf(api, operation, wanted));
}

function inputOf(schema) {
  const values = schema.enum ?? (schema.type === 'boolean' ? [true, false] : undefined);
  if (values === undefined) return make('input', { placeholder: String(schema.default ?? '') });
  return make('select', {}, make('option', { value: '', text: schema.default === undefined ? '' : `(${schema.default})` }), ...values.map((value) => make('option', { text: String(value) })));
}

function limitsOf({ minimum, maximum }) {
  return [minimum === undefined ? '' : `from ${minimum}`, maximum === undefined ? '' : `to ${maximum}`].filter(Boolean).join(' ');
}

function answersOf(api, operation, wanted) {
  const schemas = Object.entries(operation.responses).map(([status, { description, content }]) => [`${status} ${description}`, Object.values(content ?? {})[0]?.schema]);
  const parts = [...(wanted === undefined ? [] : [['Body', wanted]]), ...schemas];
  return make('div', {}, ...parts.map(([title, schema]) => {
    const shown = schema?.$ref === undefined ? schema : api.components.schemas[schema.$ref.split('/').at(-1)];
    return make('details', {}, make('summary', { text: title }), make('pre', { text: shown === undefined ? '' : JSON.stringify(shown, null, 2) }));
  }));
}

function urlOf(path, fields) {
  const url = new URL(path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(fields.find(({ parameter }) => parameter.name === name)?.input.value ?? '')), location.origin);
  for (const { parameter, input } of fields) if (parameter.in === 'query' && input.value !== '') url.searchParams.set(parameter.name, input.value);
  return url;
}

async function run(url, method, body, result) {
  result.replaceChildren(make('p', { text: `${method.toUpperCase()} ${url.pathname}${url.search} …` }));
  const started = performance.now();
  try {
    const sent = body === undefined || body === '' ? {} : { body, headers: { ...headers(), 'content-type': 'application/json' } };
    const answer = await fetch(url, { method: method.toUpperCase(), headers: headers(), ...sent });
    const { text, cut } = await start(answer);
    const line = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - started)} ms, ${answer.headers.get('content-type') ?? ''} ${answer.headers.get('x-cache') ?? ''}`;
    result.replaceChildren(make('p', { class: answer.ok ? '' : 'wrong', text: line }), make('pre', { text: pretty(text, answer) + (cut ? '\n…' : '') }));
  } catch (error) {
    result.replaceChildren(make('p', { class: 'wrong', text: String(error) }));
  }
}

/** Of an export only the beginning. */
async function start(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    text += step.value;
    if (text.length > SHOWN_MAX) {
      await reader.cancel();
      return { text: text.slice(0, SHOWN_MAX), cut: true };
    }
  }
  return { text, cut: false };
}

function pretty(text, answer) {
  if (!/json/.test(answer.headers.get('content-type') ?? '')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function narrow() {
  const word = filter.value.toLowerCase();
  for (const details of operations.querySelectorAll('details[data-words]')) details.hidden = !details.dataset.words.includes(word);
}

token.addEventListener('change', () => void load());
filter.addEventListener('input', narrow);
void load();
