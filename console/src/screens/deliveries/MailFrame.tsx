import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import classes from './deliveries.module.css';

/**
 * A mail's HTML in a frame that can run, send and fetch nothing.
 *
 * `sandbox` without a word takes scripts, forms, our origin and every way out of the frame; the policy
 * lets nothing be fetched, so that a tracking pixel is not told that somebody looked (CSP 3, HTML 4.8.5).
 */
export function MailFrame({ html, title }: { html: string; title: string }) {
  const [width, setWidth] = useState('wide');
  return (
    <div className={classes.frame}>
      <SegmentedControl
        size="xs"
        aria-label="Width of the preview"
        value={width}
        onChange={setWidth}
        data={[
          { value: 'wide', label: 'Desktop' },
          { value: 'phone', label: 'Phone' },
        ]}
      />
      <iframe
        title={title}
        sandbox=""
        referrerPolicy="no-referrer"
        data-width={width}
        srcDoc={`<meta http-equiv="content-security-policy" content="${POLICY}">${html}`}
      />
    </div>
  );
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";
