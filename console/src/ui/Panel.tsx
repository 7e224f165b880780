import type { HTMLAttributes } from 'react';
import classes from './ui.module.css';

export function Panel({ className, ...rest }: HTMLAttributes<HTMLDivElement>) {
  return <div className={className ? `${classes.panel} ${className}` : classes.panel} {...rest} />;
}
