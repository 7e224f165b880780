import MarkdownIt from 'markdown-it';
import { useMemo } from 'react';
import prose from '../../ui/prose.module.css';

// The same parser that the server uses, in the same mode: raw HTML stays text and links are checked.
const markdown = new MarkdownIt('commonmark', { html: false, linkify: false }).enable([
  'table',
  'strikethrough',
]);

/** How the text will look, before it is saved; once saved, the server's own rendering is shown. */
export default function Preview({ text }: { text: string }) {
  const html = useMemo(() => markdown.render(text), [text]);
  if (text.trim() === '') return <p className="dim">There is nothing to preview yet.</p>;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: markdown-it with `html: false` escapes all markup
  return <div className={prose.prose} dangerouslySetInnerHTML={{ __html: html }} />;
}
