// The title of each session: the best rank; among first prompts the earliest, else the latest.

import { TITLE_RANK } from '../../sources/adapter.ts';

/** Orders the titles of one rank, the one that counts first. */
export const TITLE_ORDER = `CASE WHEN rank = ${TITLE_RANK.prompt} THEN at_ms ELSE -at_ms END, CASE WHEN rank = ${TITLE_RANK.prompt} THEN line ELSE -line END, title`;

/** `session_ix, title, rank, at, line`, a row a session. */
export const TITLES_SQL = `SELECT session_ix, title, rank, at_ms::DOUBLE AS at, line FROM titles QUALIFY row_number() OVER (PARTITION BY session_ix ORDER BY rank DESC, ${TITLE_ORDER}) = 1`;
