import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { dayOf, lastDays, lengthOf, type Period } from '../../../lib/periods';
import classes from './dashboard.module.css';

interface PeriodBarProps {
  period: Period;
  today: string;
  /** The first day with sales. */
  first: string | null;
  look: (period: Period) => void;
  currency: string;
  currencies: readonly string[];
  chooseCurrency: (currency: string) => void;
}

const LENGTHS = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'Year' },
];

/** Which days are looked at: the last so many, all of them, or any. */
export function PeriodBar({
  period,
  today,
  first,
  look,
  currency,
  currencies,
  chooseCurrency,
}: PeriodBarProps) {
  const length = String(lengthOf(period));
  const all = first !== null && period.since === first && period.until === today;
  const lasting = period.until === today && LENGTHS.some(({ value }) => value === length);
  const shown = all && !lasting ? 'all' : lasting ? length : '';
  const choose = (value: string) => {
    if (value === 'all') look({ since: first ?? today, until: today });
    else look(lastDays(today, Number(value)));
  };
  const type = (changes: Partial<Period>) => {
    const next = { ...period, ...changes };
    if (dayOf(next.since) && dayOf(next.until)) {
      // Whoever moves one end beyond the other means a day, and not nothing.
      if (next.since > next.until)
        look({ since: changes.since ?? next.until, until: changes.until ?? next.since });
      else look(next);
    }
  };
  return (
    <div className={classes.bar}>
      <SegmentedControl
        aria-label="Period"
        data={first ? [...LENGTHS, { value: 'all', label: 'All' }] : LENGTHS}
        value={shown}
        onChange={choose}
      />
      <div className={classes.days}>
        <TextInput
          type="date"
          aria-label="First day"
          value={period.since}
          min="1970-01-01"
          max="2999-12-31"
          onChange={({ currentTarget }) => type({ since: currentTarget.value })}
        />
        <span aria-hidden="true">–</span>
        <TextInput
          type="date"
          aria-label="Last day"
          value={period.until}
          min="1970-01-01"
          max="2999-12-31"
          onChange={({ currentTarget }) => type({ until: currentTarget.value })}
        />
      </div>
      {currencies.length > 1 ? (
        <Select
          aria-label="Currency"
          className={classes.currency}
          allowDeselect={false}
          data={[...currencies]}
          value={currency}
          onChange={(next) => next && chooseCurrency(next)}
        />
      ) : null}
    </div>
  );
}
