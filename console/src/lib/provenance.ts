/** Where a setting's value comes from, as the server says it. */
export type Provenance = 'default' | 'file' | 'environment';

export function provenanceOf(source: string): Provenance {
  if (source === 'default') return 'default';
  return source.startsWith('environment ') ? 'environment' : 'file';
}

/** The place without the word that says what kind of place it is. */
export function placeOf(source: string): string {
  return source.replace(/^environment /, '');
}

interface Named {
  name: string;
  value: string;
  source: string;
  description: string;
  variable: string;
}

/** The settings of which a word occurs in the name, the value, the variable or what they are for, by their section. */
export function settingsBySection<T extends Named>(
  settings: readonly T[],
  words: string,
  chosen: Provenance | 'any' | 'set',
): Map<string, T[]> {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const sections = new Map<string, T[]>();
  for (const setting of settings) {
    const from = provenanceOf(setting.source);
    if (chosen === 'set' ? from === 'default' : chosen !== 'any' && from !== chosen) continue;
    const { name, value, description, variable } = setting;
    const text = `${name} ${value} ${description} ${variable} ${setting.source}`.toLowerCase();
    if (!wanted.every((word) => text.includes(word))) continue;
    const section = name.slice(0, name.indexOf('.'));
    sections.set(section, [...(sections.get(section) ?? []), setting]);
  }
  return sections;
}
