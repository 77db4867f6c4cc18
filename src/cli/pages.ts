// Lists longer than a page of the API: asks for page after page up to the limit a user gave.

import type { Page } from '../core/answers/page.ts';
import type { ApiClient, Query } from './api-client.ts';

export interface ListRequest {
  path: string;
  query: Query;
  limit: number;
  /** The API's own maximum for this list. */
  pageMax: number;
  cursor: string | undefined;
}

/** What a list says beside its items is of its last page. */
export async function fetchList<T>(client: ApiClient, request: ListRequest): Promise<Page<T>> {
  const items: T[] = [];
  let cursor = request.cursor;
  for (;;) {
    const limit = Math.min(request.pageMax, request.limit - items.length);
    const page = await client.get<Page<T>>(request.path, { ...request.query, limit, cursor });
    items.push(...page.items);
    const whole = !page.has_more || page.next_cursor === null || page.items.length === 0;
    if (whole || items.length >= request.limit) return { ...page, items };
    cursor = page.next_cursor ?? undefined;
  }
}
