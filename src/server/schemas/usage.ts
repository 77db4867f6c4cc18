// Shared pieces of the answers' schemas. Schemas describe what is promised; handlers answer with the
// types of core, and a test holds the two together.

import { Type, type TSchema } from 'typebox';

export function nullable<T extends TSchema>(schema: T, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}

export const time = (description: string) => Type.String({ format: 'date-time', description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });

export const usageFields = {
  input_tokens: Type.Integer({ minimum: 0 }),
  output_tokens: Type.Integer({ minimum: 0 }),
  cache_creation_input_tokens: Type.Integer({ minimum: 0 }),
  cache_read_input_tokens: Type.Integer({ minimum: 0 }),
};

export const Usage = Type.Object(usageFields, { $id: 'Usage', description: 'Tokens; each model call counted once' });

export const cost = (description: string) => nullable(Type.Number({ minimum: 0 }), `${description} in USD; null where there are some and none has a known price`);

export const unpriced = count('Of the model calls, those without a known price: the cost leaves them out');

export const activityFields = {
  models: Type.Array(Type.String()),
  message_count: count('Records with a role'),
  tool_call_count: count('Tool calls'),
  error_count: count('Records that are errors: a tool result that is one, an error of the agent\'s API'),
};

/** A list's answer. `$id` names it in the OpenAPI document. */
export function pageOf(item: string, $id: string) {
  return Type.Object({
    items: Type.Array(Type.Ref(item)),
    has_more: Type.Boolean(),
    next_cursor: nullable(Type.String(), 'Pass as `cursor` for the next page'),
  }, { $id });
}
