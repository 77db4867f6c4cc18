// The invented projects people work on in the generated logs, and the folder
// name Claude Code derives from a working directory.

export interface Project {
  cwd: string;
  branch: string;
  /** File stems that occur in this project's paths. */
  stems: readonly string[];
}

const NAMED: readonly Project[] = [
  { cwd: '/home/mira/code/tide-tables', branch: 'main', stems: ['tides', 'harbour', 'almanac', 'chart', 'readings', 'moon'] },
  { cwd: '/home/mira/code/recipe_box', branch: 'feat/shopping-list', stems: ['recipe', 'pantry', 'shopping', 'units', 'season'] },
  { cwd: '/Users/jonas/dev/night-sky.app', branch: 'main', stems: ['stars', 'telescope', 'horizon', 'catalogue', 'clouds'] },
  { cwd: '/home/mira/code/bike-routes', branch: 'fix/elevation', stems: ['route', 'elevation', 'tiles', 'waypoint', 'surface'] },
  { cwd: '/Users/jonas/dev/garden planner', branch: 'develop', stems: ['bed', 'sowing', 'frost', 'compost', 'calendar'] },
  { cwd: '/srv/code/library-loans', branch: 'main', stems: ['loan', 'shelf', 'reader', 'reminder', 'branch'] },
  { cwd: 'C:\\Users\\ada\\src\\choir-practice', branch: 'main', stems: ['score', 'voices', 'metronome', 'concert'] },
  { cwd: '/home/lea/src/zeitplan-für-züge', branch: 'main', stems: ['fahrplan', 'gleis', 'zug', 'ansage'] },
];

/** As many projects as asked for; past the named ones they are numbered copies. */
export function projects(count: number): Project[] {
  return Array.from({ length: count }, (_, index) => {
    const named = NAMED[index % NAMED.length] as Project;
    const round = Math.floor(index / NAMED.length);
    return round === 0 ? named : { ...named, cwd: `${named.cwd}-${round + 1}` };
  });
}

/** Every UTF-16 unit outside [A-Za-z0-9] becomes a dash; very long names are cut and hashed. */
export function encodeCwd(cwd: string): string {
  const encoded = cwd.replace(/[^A-Za-z0-9]/g, '-');
  if (encoded.length <= 200) return encoded;
  let hash = 0;
  for (let i = 0; i < cwd.length; i++) hash = (Math.imul(hash, 31) + cwd.charCodeAt(i)) | 0;
  return `${encoded.slice(0, 200)}-${Math.abs(hash).toString(36)}`;
}
