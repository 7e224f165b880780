"""Every statement of the mail system, by what it is about."""
