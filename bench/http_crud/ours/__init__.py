"""The same application on backstay: what a user's project holds, its one module on public API alone."""
