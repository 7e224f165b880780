// Sets the colour scheme before the first paint, so that a dark console never flashes white.
// A file of its own because the content security policy allows no inline script.
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('backstay-colours') || 'auto';
  } catch {
    // Storage may be switched off; then the system's preference holds.
  }
  const dark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
