import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import classes from './parts.module.css';

export interface Section {
  path: string;
  title: string;
  /** How much is in there, if that is worth a look from afar. */
  count?: number | null;
  urgent?: boolean;
  /** Whether pages below its address are part of it. */
  deep?: boolean;
}

/** The parts of a screen, each with an address of its own. */
export function Sections({ label, sections }: { label: string; sections: readonly Section[] }) {
  const [location] = useLocation();
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the section that one is in may be beyond the edge.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place to show is that of the address
  useEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (here) nav.current?.scrollTo({ left: here.offsetLeft - nav.current.offsetLeft - 24 });
  }, [location]);
  return (
    <nav ref={nav} className={classes.sections} aria-label={label}>
      {sections.map(({ path, title, count, urgent, deep }) => (
        <Link key={path} href={path} aria-current={isHere(location, path, deep) ? 'page' : undefined}>
          {title}
          {count ? <span data-urgent={urgent}>{count > 999 ? '999+' : count}</span> : null}
        </Link>
      ))}
    </nav>
  );
}

function isHere(location: string, path: string, deep = false): boolean {
  return location === path || (deep && location.startsWith(`${path}/`));
}
