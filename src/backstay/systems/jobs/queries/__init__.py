"""The jobs system's statements, by what they are about."""
