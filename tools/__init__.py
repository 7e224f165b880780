"""Tools that the repository runs on itself; none of this is in the wheel."""
