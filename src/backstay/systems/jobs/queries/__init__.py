"""The jobs' statements, by what they do."""
