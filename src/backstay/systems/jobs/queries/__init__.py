"""The jobs system's statements, most of them written as SQL: they are one text for both databases."""
