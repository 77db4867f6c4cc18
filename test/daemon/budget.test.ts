import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../src/daemon/budget.ts';
import { readMachine } from '../../src/daemon/machine.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

function machineWith(files: Record<string, string>): ReturnType<typeof readMachine> {
  return readMachine((path) => files[path] ?? null, 8, 32 * GIB);
}

describe('the machine', () => {
  it('is the whole of it where no group limits it', () => {
    expect(machineWith({})).toEqual({ cores: 8, memoryBytes: 32 * GIB });
    expect(machineWith({ '/sys/fs/cgroup/cpu.max': 'max 100000', '/sys/fs/cgroup/memory.max': 'max' })).toEqual({ cores: 8, memoryBytes: 32 * GIB });
  });

  it('is what the group of a container leaves, version 2', () => {
    expect(machineWith({ '/sys/fs/cgroup/cpu.max': '150000 100000', '/sys/fs/cgroup/memory.max': String(GIB) })).toEqual({ cores: 2, memoryBytes: GIB });
    expect(machineWith({ '/sys/fs/cgroup/cpu.max': '20000 100000' }).cores).toBe(1);
  });

  it('is what the groups above leave too', () => {
    const files = {
      '/proc/self/cgroup': '0::/user.slice/lake.service\n',
      '/sys/fs/cgroup/user.slice/cpu.max': '300000 100000',
      '/sys/fs/cgroup/user.slice/lake.service/cpu.max': 'max 100000',
      '/sys/fs/cgroup/user.slice/lake.service/memory.max': String(4 * GIB),
      '/sys/fs/cgroup/user.slice/memory.high': String(3 * GIB),
    };
    expect(machineWith(files)).toEqual({ cores: 3, memoryBytes: 3 * GIB });
  });

  it('is what the groups leave in version 1', () => {
    const files = {
      '/proc/self/cgroup': '4:memory:/pod/a\n2:cpu,cpuacct:/pod/a\n1:name=systemd:/\n',
      '/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us': '400000',
      '/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/cpu,cpuacct/pod/a/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu,cpuacct/pod/a/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/memory/pod/a/memory.limit_in_bytes': String(2 * GIB),
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    };
    expect(machineWith(files)).toEqual({ cores: 4, memoryBytes: 2 * GIB });
  });
});

describe('the budget', () => {
  it('is a quarter of the memory, at most 1 GiB, unless another is asked for', () => {
    const memory = (memoryBytes: number, memoryLimit = 0): number => budgetOf({ cores: 4, memoryBytes }, { memoryLimit, workers: 0 }).memoryBytes;
    expect([memory(2 * GIB), memory(64 * GIB), memory(100 * MIB), memory(GIB, 64 * MIB)]).toEqual([512 * MIB, GIB, 128 * MIB, 64 * MIB]);
  });

  it('leaves every part something, and all of them together no more than there is', () => {
    fc.assert(fc.property(fc.integer({ min: 64, max: 4096 }), fc.integer({ min: 1, max: 128 }), (mib, cores) => {
      const budget = budgetOf({ cores, memoryBytes: 64 * GIB }, { memoryLimit: mib * MIB, workers: 0 });
      expect(Math.min(...Object.values(budget))).toBeGreaterThanOrEqual(1);
      expect(budget.databaseBytes + 2 * budget.queueBytes + (budget.scanWorkers + 1) * 2 * budget.chunkBytes).toBeLessThanOrEqual(budget.memoryBytes);
      expect(budget.scanWorkers).toBeLessThanOrEqual(Math.max(1, cores - 1));
      expect(budget.databaseThreads).toBeLessThanOrEqual(Math.max(1, Math.min(4, cores - 1)));
    }));
  });

  it('takes the number of workers that is asked for', () => {
    expect(budgetOf({ cores: 2, memoryBytes: GIB }, { memoryLimit: 0, workers: 6 }).scanWorkers).toBe(6);
  });
});
