import { Link, useLocation } from 'wouter';
import classes from './parts.module.css';

export interface Section {
  path: string;
  title: string;
  /** How much is in there, if that is worth a look from afar. */
  count?: number | null;
  urgent?: boolean;
}

/** The parts of a screen, each with an address of its own. */
export function Sections({ label, sections }: { label: string; sections: readonly Section[] }) {
  const [location] = useLocation();
  return (
    <nav className={classes.sections} aria-label={label}>
      {sections.map(({ path, title, count, urgent }) => (
        <Link key={path} href={path} aria-current={location === path ? 'page' : undefined}>
          {title}
          {count ? <span data-urgent={urgent}>{count > 999 ? '999+' : count}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
