/** The mark: a mast, held by its backstay. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" strokeLinecap="round">
      <path d="M13 8 6 23.6" stroke="currentColor" strokeOpacity=".35" strokeWidth="1.4" />
      <path d="M13 4.500v19.5" stroke="currentColor" strokeWidth="2.4" />
      <path d="M13 5.5 27 23.6" stroke="var(--mantine-color-tide-4)" strokeWidth="2.2" />
      <path
        d="M4.5 24.200h23c-1.4 2.6-3.4 3.6-6 3.600h-11c-2.6 0-4.6-1-6-3.600Z"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  );
}
