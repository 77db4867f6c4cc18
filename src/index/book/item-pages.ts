// The items of a large answer as JSON, in the order of their names, kept a page at a time: where few of thousands
// changed since the answer before, only their pages are made again.

/** More names than these, and a page is two. */
const PAGE_MAX = 256;

export interface ItemMaker {
  /** Never another one for the same number; null for what is in no page. */
  nameOf(number: number): string | null;
  /** JSON of what has this name, whose numbers these are; null where it is not shown. */
  itemOf(name: string, numbers: readonly number[]): string | null;
}

interface Page {
  /** In the order of their names; those of one name are in one page. */
  numbers: number[];
  /** Null where it is to be made; empty where nothing is shown. */
  text: Buffer | null;
}

export class ItemPages {
  private readonly maker: ItemMaker;
  /** What is new or changed; whoever changes something adds its number. */
  private readonly changed: Set<number>;
  private readonly known = new Set<number>();
  private readonly pages: Page[] = [];

  constructor(maker: ItemMaker, changed: Set<number>) {
    this.maker = maker;
    this.changed = changed;
  }

  /** Makes what is to be made, for so many milliseconds; false where something is left. */
  refresh(ms: number): boolean {
    const end = performance.now() + ms;
    for (const number of this.changed) {
      this.changed.delete(number);
      this.place(number);
      if (performance.now() > end) return false;
    }
    for (const page of this.pages) {
      if (page.text !== null) continue;
      page.text = Buffer.from(this.textOf(page.numbers));
      if (performance.now() > end) return false;
    }
    return true;
  }

  /** Items with commas between, in pieces, once everything is made. */
  get texts(): Buffer[] {
    return this.pages.flatMap(({ text }) => (text === null || text.length === 0 ? [] : [text]));
  }

  /** A page with it is to be made again. */
  private place(number: number): void {
    const name = this.maker.nameOf(number);
    if (name === null) return;
    let page = this.pages[firstBehind(this.pages, (at) => this.nameOf(at.numbers[0]) > name) - 1] ?? this.pages[0];
    if (page === undefined) this.pages.push((page = { numbers: [], text: null }));
    page.text = null;
    if (this.known.has(number)) return;
    this.known.add(number);
    page.numbers.splice(firstBehind(page.numbers, (at) => this.nameOf(at) > name), 0, number);
    if (page.numbers.length > PAGE_MAX) this.split(page);
  }

  private split(page: Page): void {
    const middle = this.nameOf(page.numbers[page.numbers.length >> 1]);
    const at = page.numbers.findIndex((number) => this.nameOf(number) === middle);
    if (at > 0) this.pages.splice(this.pages.indexOf(page) + 1, 0, { numbers: page.numbers.splice(at), text: null });
  }

  /** Of what is in a page. */
  private nameOf(number: number | undefined): string {
    return (number === undefined ? null : this.maker.nameOf(number)) ?? '';
  }

  private textOf(numbers: readonly number[]): string {
    const items: string[] = [];
    for (let at = 0; at < numbers.length; ) {
      const name = this.nameOf(numbers[at]);
      let end = at + 1;
      while (end < numbers.length && this.nameOf(numbers[end]) === name) end += 1;
      const item = this.maker.itemOf(name, numbers.slice(at, end));
      if (item !== null) items.push(item);
      at = end;
    }
    return items.join(',');
  }
}

/** The first place in a sorted list of which this is so, or its end. */
function firstBehind<T>(list: readonly T[], isBehind: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
