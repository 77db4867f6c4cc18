// The fields of a line as JSON.parse gives them: what a scan has to agree with. Shares no code with it.

export interface PlainReading {
  uuid: string | null;
  parent: string | null;
  type: string | null;
  role: string | null;
  ts: string | null;
  model: string | null;
  usage: number[] | null;
}

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** As the database keeps text: lone surrogates are U+FFFD. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? Buffer.from(value, 'utf8').toString('utf8') : null;
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= 2 ** 40 ? Math.floor(value) : 0;
}

function timeOf(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

export function parseBytes(bytes: Uint8Array): Fields | null {
  try {
    return fieldsOf(JSON.parse(Buffer.from(bytes).toString('utf8').replace(/^\ufeff/, '')));
  } catch {
    return null;
  }
}

export function plainReading(line: Fields): PlainReading {
  const said = line['type'] === 'user' || line['type'] === 'assistant';
  const message = fieldsOf(line['message']);
  const usage = line['type'] === 'assistant' ? fieldsOf(message?.['usage']) : null;
  return {
    uuid: textOf(line['uuid']),
    parent: textOf(line['parentUuid']),
    type: textOf(line['type']),
    role: said ? (textOf(message?.['role']) ?? (line['type'] as string)) : null,
    ts: timeOf(line['timestamp']),
    model: said ? textOf(message?.['model']) : null,
    usage:
      usage === null
        ? null
        : [
            countOf(usage['input_tokens']), countOf(usage['output_tokens']), countOf(usage['cache_creation_input_tokens']), countOf(usage['cache_read_input_tokens']),
            countOf(fieldsOf(usage['cache_creation'])?.['ephemeral_1h_input_tokens']),
          ],
  };
}
