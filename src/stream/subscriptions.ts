// What a connection follows: subscriptions to records and to jobs, which share their ids and one limit.

import { messageOf } from '../core/errors.ts';
import type { CommitFrames } from './commit-frames.ts';
import { JobFollower, type JobFeed, type JobOutlet } from './job-follower.ts';
import type { FollowJobsMessage, SubscribeMessage } from './protocol.ts';
import { unsubscribedMessage } from './server-messages.ts';
import { Subscription, type Outlet, type Phase, type SubscriptionParts } from './subscription.ts';

export interface SubscriptionsParts extends Omit<SubscriptionParts, 'outlet'> {
  /** Absent where nothing runs jobs. */
  jobs?: JobFeed | undefined;
  outlet: Outlet & JobOutlet;
  most: number;
  /** Tells the client why one was not begun or ended. */
  refuse: (id: string, code: string, message: string) => void;
}

export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #records = new Map<string, Subscription>();
  readonly #jobs = new Map<string, JobFollower>();

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#records.size + this.#jobs.size;
  }

  /** The last offset that each one was sent. */
  get sent(): Map<string, number> {
    return new Map([...this.#records.values()].map(({ id, sent }) => [id, sent]));
  }

  some(phase: Phase): boolean {
    for (const subscription of this.#records.values()) if (subscription.phase === phase) return true;
    return false;
  }

  deliver(commit: CommitFrames): void {
    for (const subscription of this.#records.values()) subscription.deliver(commit);
  }

  begin(message: SubscribeMessage): void {
    if (!this.#isFree(message.id)) return;
    const subscription = new Subscription(message, this.#parts);
    this.#records.set(message.id, subscription);
    subscription.start();
  }

  follow({ id, job }: FollowJobsMessage): void {
    const { jobs, outlet, refuse } = this.#parts;
    if (jobs === undefined || !this.#isFree(id)) return;
    const follower = new JobFollower(id, job, jobs, outlet);
    try {
      follower.start();
    } catch (error) {
      refuse(id, 'not_found', messageOf(error));
      return;
    }
    this.#jobs.set(id, follower);
  }

  end(id: string): void {
    const { outlet, refuse } = this.#parts;
    const [follower, subscription] = [this.#jobs.get(id), this.#records.get(id)];
    if (follower !== undefined) {
      this.#jobs.delete(id);
      follower.end();
      outlet.send(unsubscribedMessage(id));
    } else if (subscription !== undefined) {
      this.#records.delete(id);
      subscription.end();
      outlet.send(unsubscribedMessage(id, subscription.sent));
    } else {
      refuse(id, 'not_found', `There is no subscription "${id}".`);
    }
  }

  endAll(): void {
    for (const subscription of this.#records.values()) subscription.end();
    this.#records.clear();
    for (const follower of this.#jobs.values()) follower.end();
    this.#jobs.clear();
  }

  /** Otherwise it is refused. */
  #isFree(id: string): boolean {
    const { most, refuse } = this.#parts;
    const isUsed = this.#records.has(id) || this.#jobs.has(id);
    if (isUsed) refuse(id, 'id_in_use', `There is a subscription "${id}": unsubscribe it first.`);
    else if (this.size >= most) refuse(id, 'limit', `At most ${most} subscriptions on a connection.`);
    else return true;
    return false;
  }
}
