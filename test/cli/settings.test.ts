import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LakeError } from '../../src/core/errors.ts';
import { configFileOf, fileKeyOf, resolveWithOrigins, SETTING_KEYS, SETTINGS, shownValue, variableOf, type SettingsInput } from '../../src/core/settings/settings.ts';
import { SOURCE_IDS } from '../../src/core/settings/source-id.ts';

const nothing: SettingsInput = { flags: {}, env: {}, file: null, platform: 'linux', home: '/home/me', cwd: '/here' };

function resolve(part: Partial<SettingsInput>) {
  return resolveWithOrigins({ ...nothing, ...part }).settings;
}

function failure(part: Partial<SettingsInput>): LakeError {
  try {
    resolve(part);
  } catch (error) {
    if (error instanceof LakeError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('settings', () => {
  it('have defaults for every platform', () => {
    expect(resolve({})).toMatchObject({
      dataDir: '/home/me/.local/share/sessionlake', config: '/home/me/.config/sessionlake/config.json',
      host: '127.0.0.1', port: 7433, token: null, roots: [], archive: true, archiveIdleMinutes: 15, lineMaxBytes: 67_108_864,
    });
    expect(resolve({ env: { XDG_DATA_HOME: '/x/data', XDG_CONFIG_HOME: 'relative' } })).toMatchObject({
      dataDir: '/x/data/sessionlake', config: '/home/me/.config/sessionlake/config.json',
    });
    expect(resolve({ platform: 'darwin', home: '/Users/me' }).dataDir).toBe('/Users/me/Library/Application Support/sessionlake');
    expect(resolve({ platform: 'win32', home: 'C:\\Users\\me', env: { LOCALAPPDATA: 'D:\\Local' } }).dataDir).toBe('D:\\Local\\sessionlake');
    expect(resolve({ platform: 'win32', home: 'C:\\Users\\me' }).config).toBe('C:\\Users\\me\\AppData\\Roaming\\sessionlake\\config.json');
  });

  it('are shown as a person would give them', () => {
    const settings = resolve({ flags: { root: ['codex=/a'], 'jsonl-dimension': ['symbol=/order/symbol', 'side'] } });
    expect(shownValue('roots', settings.roots)).toBe('codex=/a');
    expect(shownValue('jsonlDimensions', settings.jsonlDimensions)).toBe('symbol=/order/symbol side=/side');
    expect(shownValue('jsonlMeasures', settings.jsonlMeasures)).toBe('-');
  });

  it('are frozen, the roots too', () => {
    const settings = resolve({ flags: { root: ['/a'] } });
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.roots) && Object.isFrozen(settings.roots[0])).toBe(true);
  });

  it('come from flag, environment, file and default, in this order', () => {
    const file = { path: '/etc/lake.json', values: { port: 3, host: '::1', 'log-level': 'warn' } };
    const { settings, origins } = resolveWithOrigins({ ...nothing, flags: { port: '1' }, env: { SESSIONLAKE_PORT: '2', SESSIONLAKE_HOST: 'localhost' }, file });
    expect(settings).toMatchObject({ port: 1, host: 'localhost', logLevel: 'warn' });
    expect(origins).toMatchObject({
      port: { from: 'flag', name: '--port' }, host: { from: 'environment', name: 'SESSIONLAKE_HOST' },
      logLevel: { from: 'file', name: '/etc/lake.json key log-level' }, sweepSeconds: { from: 'default' },
    });
  });

  it('take an empty variable as not set, and variables of others as not theirs', () => {
    expect(resolve({ env: { SESSIONLAKE_PORT: '', PORT: '9' } }).port).toBe(7433);
  });

  it('take sizes in bytes and with units', () => {
    const sizes: [unknown, number][] = [['1MiB', 1_048_576], ['10MB', 10_000_000], ['2 kib', 2048], ['1.5MiB', 1_572_864], ['4096', 4096], [4096, 4096], ['1m', 1_048_576]];
    for (const [raw, bytes] of sizes) expect(resolve({ flags: { 'line-max-bytes': raw } }).lineMaxBytes).toBe(bytes);
  });

  it('expand ~ and start relative paths where they were written', () => {
    expect(resolve({ flags: { 'data-dir': 'lake' } }).dataDir).toBe('/here/lake');
    expect(resolve({ env: { SESSIONLAKE_DATA_DIR: '~/lake' } }).dataDir).toBe('/home/me/lake');
    expect(resolve({ file: { path: '/etc/lake/config.json', values: { data_dir: 'data' } } }).dataDir).toBe('/etc/lake/data');
  });

  it('turn the name of a key into a JSON pointer', () => {
    expect(resolve({ flags: { 'jsonl-id': 'a/b~c', 'jsonl-time': '/meta/at', 'jsonl-type': 'kind' } })).toMatchObject({
      jsonlId: '/a~1b~0c', jsonlTime: '/meta/at', jsonlType: '/kind', jsonlText: null,
    });
  });
});

describe('roots', () => {
  it('are read with the adapter before the =, else as claude-code', () => {
    expect(resolve({ flags: { root: ['/a', 'jsonl=/b', 'claude-code=c'] } }).roots).toEqual([
      { source: 'claude-code', path: '/a' }, { source: 'jsonl', path: '/b' }, { source: 'claude-code', path: '/here/c' },
    ]);
  });

  it('may hold = where they begin like a path', () => {
    expect(resolve({ flags: { root: ['/a=b', './c=d', '~/e=f'] } }).roots.map((root) => root.path)).toEqual(['/a=b', '/here/c=d', '/home/me/e=f']);
    expect(resolve({ flags: { root: ['C:\\a=b'] }, platform: 'win32', home: 'C:\\me', cwd: 'C:\\' }).roots[0]?.path).toBe('C:\\a=b');
  });

  it('come from a variable as from PATH, and from an array in the file', () => {
    expect(resolve({ env: { SESSIONLAKE_ROOT: '/a:jsonl=/b:' } }).roots.map((root) => root.path)).toEqual(['/a', '/b']);
    expect(resolve({ env: { SESSIONLAKE_ROOT: 'C:\\a;jsonl=D:\\b' }, platform: 'win32' }).roots.map((root) => root.path)).toEqual(['C:\\a', 'D:\\b']);
    expect(resolve({ file: { path: '/c.json', values: { roots: ['/a', 'jsonl=b'] } } }).roots.map((root) => root.path)).toEqual(['/a', '/b']);
  });

  it('name the known sources where one is not known', () => {
    const error = failure({ flags: { root: ['foo=/dir'] } });
    expect(error.message).toContain('unknown source "foo"');
    expect(error.hint).toContain(SOURCE_IDS.join(', '));
  });
});

describe('a wrong setting', () => {
  it('is named with where it came from and what to do', () => {
    const cases: [Partial<SettingsInput>, string, RegExp][] = [
      [{ flags: { port: '70000' } }, 'usage', /^port \(flag --port\): "70000" is out of range\.$/],
      [{ env: { SESSIONLAKE_PORT: '1.5' } }, 'config', /^port \(environment SESSIONLAKE_PORT\): "1\.5" is not a whole number\.$/],
      [{ file: { path: '/c.json', values: { workers: true } } }, 'config', /^workers \(\/c\.json key workers\): true is not a whole number\.$/],
      [{ flags: { 'line-max-bytes': '12 parsecs' } }, 'usage', /not a number of bytes/],
      [{ flags: { 'archive-idle-minutes': '-1' } }, 'usage', /out of range/],
      [{ flags: { 'log-level': 'loud' } }, 'usage', /not known/],
      [{ flags: { host: 'http://x' } }, 'usage', /not a host/],
      [{ flags: { 'jsonl-id': '/a~2' } }, 'usage', /not a JSON pointer/],
      [{ flags: { root: [''] } }, 'usage', /not a folder/],
      [{ env: { SESSIONLAKE_ARCHIVE: 'maybe' } }, 'config', /neither true nor false/],
    ];
    for (const [part, code, message] of cases) {
      const error = failure(part);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.hint).toBeTruthy();
      expect(error.exitCode).toBe(2);
    }
  });

  it('never shows a secret', () => {
    const error = failure({ env: { SESSIONLAKE_TOKEN: 'open sesame' } });
    expect(`${error.message} ${error.hint}`).not.toContain('sesame');
    expect(shownValue('token', 'sesame')).toBe('(hidden)');
  });

  it('is refused where the name is not known, with the nearest one', () => {
    expect(failure({ flags: { prot: '1' } })).toMatchObject({ code: 'usage', hint: 'Did you mean --port?' });
    expect(failure({ file: { path: '/c.json', values: { archiv: false } } }).message).toBe('/c.json: unknown key "archiv".');
  });

  it('is passed over as a variable, and told with the nearest one', () => {
    const { settings, warnings } = resolveWithOrigins({ ...nothing, env: { SESSIONLAKE_DATADIR: '/x', SESSIONLAKE_PORT: '1', OTHER: 'x' } });
    expect(settings).toEqual(resolve({ flags: { port: '1' } }));
    expect(warnings).toEqual(['The environment variable SESSIONLAKE_DATADIR is no setting. Did you mean SESSIONLAKE_DATA_DIR?']);
  });

  it('is refused where the file names it twice or names another file', () => {
    expect(failure({ file: { path: '/c.json', values: { data_dir: '/a', 'data-dir': '/b' } } }).message).toContain('a second time');
    expect(failure({ file: { path: '/c.json', values: { config: '/d.json' } } }).message).toContain('cannot name another');
  });

  it('no-auth is refused on a host others can reach', () => {
    expect(failure({ flags: { 'no-auth': true, host: '0.0.0.0' } }).message).toContain('refused with host 0.0.0.0');
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) expect(resolve({ flags: { 'no-auth': true, host } }).noAuth).toBe(true);
  });
});

describe('the table', () => {
  it('gives each setting one variable and one key that lead back to it', () => {
    expect(new Set(SETTING_KEYS.map(variableOf)).size).toBe(SETTING_KEYS.length);
    expect(variableOf('roots')).toBe('SESSIONLAKE_ROOT');
    expect(fileKeyOf('archiveIdleMinutes')).toBe('archive_idle_minutes');
  });

  it('accepts its own defaults from every place', () => {
    const defaults = resolve({});
    for (const key of SETTING_KEYS) {
      const value = defaults[key];
      if (value === null || key === 'config') continue;
      expect(resolve({ flags: { [SETTINGS[key].name]: value } })[key]).toEqual(value);
      expect(resolve({ file: { path: '/c.json', values: { [fileKeyOf(key)]: value } } })[key]).toEqual(value);
      if (key !== 'roots') expect(resolve({ env: { [variableOf(key)]: String(value) } })[key]).toEqual(value);
    }
  });

  it('never answers with anything but valid settings or a LakeError', () => {
    const keys = fc.constantFrom(...SETTING_KEYS);
    fc.assert(fc.property(keys, fc.oneof(fc.string(), fc.anything()), (key, raw) => {
      try {
        expect(resolve({ flags: { [SETTINGS[key].name]: raw } })[key]).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(LakeError);
      }
    }), { numRuns: 500 });
  });

  it('knows the config file before it is read', () => {
    expect(configFileOf(nothing)).toEqual({ path: '/home/me/.config/sessionlake/config.json', named: false });
    expect(configFileOf({ ...nothing, env: { SESSIONLAKE_CONFIG: 'c.json' } })).toEqual({ path: '/here/c.json', named: true });
  });
});
