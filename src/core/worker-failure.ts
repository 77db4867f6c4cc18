// Workers that cannot begin, as where no descriptors are left, fail only who asks for them then. A worker tells it by an
// event, which ends the process where nobody hears it; and what waits for a worker then would wait for ever.

interface Workers {
  on(event: 'error', listener: () => void): unknown;
  destroy(): Promise<void>;
}

/** At the first failure what waits is refused and `forget` called: the next job begins with new workers. */
export async function untilFailure<T extends Workers>(made: Promise<T>, forget: () => void): Promise<T> {
  try {
    const workers = await made;
    let ended = false;
    workers.on('error', () => {
      if (ended) return;
      ended = true;
      forget();
      void workers.destroy();
    });
    return workers;
  } catch (error) {
    forget();
    throw error;
  }
}
