import type { DetectContext } from './detector.ts';

/** What a search asks between runs of the graph: cancelled runs end at once, late ones with what there is. */
export function pauseOf(context: Pick<DetectContext, 'signal' | 'progress' | 'outOfTime'>, what: string, from = 0, to = 1): (share: number) => 'go on' | 'stop' {
  return (share) => {
    context.signal.throwIfAborted();
    context.progress(from + (to - from) * Math.min(1, Math.max(0, share)), what);
    return context.outOfTime() ? 'stop' : 'go on';
  };
}
