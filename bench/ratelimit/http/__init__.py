"""Limits over the whole stack: a server of each contender, asked by wrk and by a crowd."""
