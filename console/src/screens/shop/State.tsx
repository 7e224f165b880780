import { Tag } from '../../ui/signs';
import type { Tone } from '../../ui/tone';

/** A state as a word in its tone. */
export function State<Name extends string>({
  words,
  state,
}: {
  words: Record<Name, readonly [Tone, string]>;
  state: Name;
}) {
  const [tone, label] = words[state];
  return <Tag tone={tone}>{label}</Tag>;
}
