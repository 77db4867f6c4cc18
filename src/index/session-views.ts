// The views of one session, answered from the index.

import type { Page } from '../core/answers/page.ts';
import type { ExchangeItem, ExchangeRequest, SessionMetrics, SessionState, SessionViews, Timeline, TimelineRequest, ToolItem, TracingItem, TracingRequest } from '../core/answers/session-views.ts';
import { sessionExchanges } from './queries/exchanges.ts';
import { sessionMetrics } from './queries/metrics.ts';
import { sessionState } from './queries/state.ts';
import { sessionTimeline } from './queries/timeline.ts';
import { sessionTools } from './queries/tools.ts';
import { tracingPage } from './queries/tracing.ts';
import type { ViewParts } from './queries/view-parts.ts';
import { Snapshots } from './state/snapshots.ts';

export class IndexedSessionViews implements SessionViews {
  private readonly parts: ViewParts;
  private readonly snapshots: Snapshots;

  constructor(parts: ViewParts, snapshots = new Snapshots()) {
    this.parts = parts;
    this.snapshots = snapshots;
  }

  timeline(sessionId: string, request: TimelineRequest): Promise<Timeline> {
    return sessionTimeline(this.parts, sessionId, request);
  }

  exchanges(sessionId: string, request: ExchangeRequest): Promise<Page<ExchangeItem>> {
    return sessionExchanges(this.parts, sessionId, request);
  }

  metrics(sessionId: string): Promise<SessionMetrics> {
    return sessionMetrics(this.parts, sessionId);
  }

  tools(sessionId: string): Promise<Page<ToolItem>> {
    return sessionTools(this.parts, sessionId);
  }

  tracing(request: TracingRequest): Promise<Page<TracingItem>> {
    return tracingPage(this.parts, request);
  }

  state(sessionId: string, atMs: number | null): Promise<SessionState> {
    return sessionState(this.parts, this.snapshots, sessionId, atMs);
  }
}
