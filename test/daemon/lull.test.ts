import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lull } from '../../src/daemon/lull.ts';

describe('a lull', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('comes once nothing happened for a while, and only after something did', () => {
    const work = vi.fn();
    const lull = new Lull(1000, work);
    vi.advanceTimersByTime(5000);
    expect(work).not.toHaveBeenCalled();
    for (let i = 0; i < 5; i++) {
      lull.stir();
      vi.advanceTimersByTime(900);
    }
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(work).toHaveBeenCalledTimes(1);
    lull.stir();
    vi.advanceTimersByTime(1000);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('does not come after closing', () => {
    const work = vi.fn();
    const lull = new Lull(1000, work);
    lull.stir();
    lull.close();
    lull.stir();
    vi.advanceTimersByTime(5000);
    expect(work).not.toHaveBeenCalled();
  });
});
