import type { ReactNode } from 'react';
import { clockTime, dateTime, duration } from '../lib/format';
import classes from './parts.module.css';
import { Dot } from './signs';
import type { Tone } from './tone';

export interface TimelineStep {
  /** ISO 8601. */
  at: string;
  tone: Tone;
  title: ReactNode;
  /** Beside the title, in small: who and which attempt. */
  aside?: ReactNode;
  /** What is to be said about it. */
  body?: ReactNode;
}

/** What happened one after the other, with the time that passed between. */
export function Timeline({ steps, label }: { steps: readonly TimelineStep[]; label: string }) {
  return (
    <ol className={classes.timeline} aria-label={label}>
      {steps.map((step, index) => {
        const before = steps[index - 1];
        const moment = new Date(step.at);
        const passed = before ? (moment.getTime() - new Date(before.at).getTime()) * 1_000 : null;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
          <li key={index}>
            <Dot tone={step.tone} />
            <div className={classes.timelineWords}>
              <p>
                <b>{step.title}</b>
                {step.aside ? <span className="dim">{step.aside}</span> : null}
              </p>
              {step.body ? <div className={classes.timelineBody}>{step.body}</div> : null}
            </div>
            <time dateTime={step.at} title={dateTime(moment)}>
              {clockTime(moment)}
              {passed !== null && passed >= 1_000 ? <small>+{duration(passed)}</small> : null}
            </time>
          </li>
        );
      })}
    </ol>
  );
}
