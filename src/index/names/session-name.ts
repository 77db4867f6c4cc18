// What a session is called, and whose it is.

/** As it is whenever it is looked at. */
export interface SessionName {
  readonly ix: number;
  /** The outside's name: the agent's own id, with the source after it where two sources use the same. */
  readonly id: string;
  readonly source: string;
  readonly project: string;
  readonly owner: Owner;
}

/** The file whose project is the session's: one of its main thread before those of its subagents, then by where they lie. */
export interface Owner {
  main: boolean;
  place: string;
}

/** Where names are held, by number. */
interface Names {
  idOf(ix: number): string;
  sourceOf(ix: number): string;
  projectOf(ix: number): string;
  ownerOf(ix: number): Owner;
}

export class NamedSession implements SessionName {
  readonly ix: number;
  private readonly names: Names;

  constructor(names: Names, ix: number) {
    this.names = names;
    this.ix = ix;
  }

  get id(): string {
    return this.names.idOf(this.ix);
  }

  get source(): string {
    return this.names.sourceOf(this.ix);
  }

  get project(): string {
    return this.names.projectOf(this.ix);
  }

  get owner(): Owner {
    return this.names.ownerOf(this.ix);
  }
}
