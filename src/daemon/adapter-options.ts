import type { ValueNames } from '../core/answers/measures.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { AdapterOptions } from '../sources/adapter.ts';

/** The settings that the sources' adapters read. */
export function adapterOptions(settings: Settings): AdapterOptions {
  const { jsonlDimensions: dimensions, jsonlMeasures: measures, jsonlId: id, jsonlTime: time, jsonlType: type, jsonlSession: session, jsonlText: text, jsonlParent: parent } = settings;
  return { jsonl: { id, time, type, session, text, parent }, ...(dimensions.length + measures.length === 0 ? {} : { values: { dimensions, measures } }) };
}

/** What is configured, by name. */
export function valueNames({ jsonlDimensions, jsonlMeasures }: Settings): ValueNames {
  return { dimensions: jsonlDimensions.map(({ name }) => name), measures: jsonlMeasures.map(({ name }) => name) };
}
