import type { Settings } from '../core/settings.ts';
import type { AdapterOptions } from '../sources/adapter.ts';

/** The settings that the sources' adapters read. */
export function adapterOptions(settings: Settings): AdapterOptions {
  const { jsonlId: id, jsonlTime: time, jsonlType: type, jsonlSession: session, jsonlText: text, jsonlParent: parent } = settings;
  return { jsonl: { id, time, type, session, text, parent } };
}
