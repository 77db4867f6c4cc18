// A page of a list, as JSON.

export interface Page<T> {
  items: T[];
  has_more: boolean;
  next_cursor: string | null;
}
