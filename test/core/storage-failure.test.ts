// What a folder that cannot be written is told as, whoever found it out.

import { expect, it } from 'vitest';
import { LakeError } from '../../src/core/errors.ts';
import { storageFailure, writingInto } from '../../src/core/storage-failure.ts';

const FOLDER = '/data/sql';

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

it.each([
  [systemError('ENOSPC', 'ENOSPC: no space left on device, write'), 'the disk is full (ENOSPC)'],
  [systemError('EDQUOT', 'EDQUOT: disk quota exceeded, write'), 'the quota of the disk is used up (EDQUOT)'],
  [systemError('EACCES', "EACCES: permission denied, mkdir '/data/sql'"), 'permission is denied (EACCES)'],
  [systemError('EROFS', "EROFS: read-only file system, open '/data/sql/a'"), 'its file system is read-only (EROFS)'],
  [new Error('ENOSPC: no space left on device, write'), 'the disk is full (ENOSPC)'],
  [new Error('IO Error: Could not write file "/data/sql/base-1.duckdb": No space left on device'), 'the disk is full (ENOSPC)'],
  [new Error('IO Error: Cannot open file "/data/sql/tail-1.duckdb": Permission denied'), 'permission is denied (EACCES)'],
  [new Error('IO Error: Could not write file "/data/sql/tail-1.duckdb": File too large'), 'a file may not become that large (EFBIG)'],
])('%s', async (error, said) => {
  const failure = storageFailure(error, FOLDER);
  expect(failure).toMatchObject({ code: 'storage', message: `/data/sql cannot be written: ${said}.`, hint: expect.any(String) as string, cause: error });
  await expect(writingInto(FOLDER, () => Promise.reject(error))).rejects.toEqual(failure);
});

it.each([
  new Error('Catalog Error: no such table'), systemError('ENOENT', "ENOENT: no such file or directory, open '/data/sql/a'"),
  systemError('EACCES', "EACCES: permission denied, open '/logs/a.jsonl'"), new LakeError('query_stopped', 'The disk quota exceeded it.'),
])('leaves another error as it is: %s', async (error) => {
  expect(storageFailure(error, FOLDER)).toBeNull();
  await expect(writingInto(FOLDER, () => Promise.reject(error))).rejects.toBe(error);
});
