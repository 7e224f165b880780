"""Every statement of the notes product, by what it is about.

A note is seen by its owner alone: `MINE` and `MY_TAG` say so in each statement, beside the
organization that the kernel adds.
"""
