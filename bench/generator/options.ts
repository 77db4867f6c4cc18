// What a generated lake is to be like.

import type { Shape } from './shapes.ts';

export interface LakeOptions {
  seed: number;
  /** Default 'mixed'. */
  shape?: Shape;
  /** Either the bytes to write (met to within one turn of one session) or the number of sessions. Default: 10 sessions. */
  targetBytes?: number;
  sessions?: number;
  /** Subagents of the one session of 'wide'. Default 100. */
  agents?: number;
  /** Share of the lines with an odd or broken neighbour, 0 to 1. Default 0. */
  malformedRate?: number;
  /** Default 3. */
  projects?: number;
  /** ISO time of the first session. Default 2025-10-01T08:00:00.000Z. */
  startTime?: string;
  /** Days the sessions spread over. Default 30. */
  days?: number;
  /** Which part of a large lake this is; given by partsOf. */
  part?: Part;
}

export interface Part {
  index: number;
  count: number;
}
