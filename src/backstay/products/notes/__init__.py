"""Notes: personal Markdown notes with tags, full-text search and share links.

Promises: a note is its owner's alone until the owner shares it, and then anyone's with the
link; nothing is changed by someone who has not seen the present version; a deleted note can
be restored for `undelete_days`; a note and its tags are stored together or not at all.
Limits: 100 kB and 20 tags a note; words are compared as they are written (no stemming), and
writing without spaces between words is found by the beginning of a run only.
"""

from backstay.products.notes.contracts import NewNote, NewShare, Note, NoteChanges, NoteSummary, Share, Tag
from backstay.products.notes.errors import NoSuchLink, NoSuchNote, NoSuchTag, StaleNote, UndeleteWindowOver
from backstay.products.notes.service import change, create, delete, get, list_notes, restore, share, unshare

__all__ = [
    "NewNote",
    "NewShare",
    "NoSuchLink",
    "NoSuchNote",
    "NoSuchTag",
    "Note",
    "NoteChanges",
    "NoteSummary",
    "Share",
    "StaleNote",
    "Tag",
    "UndeleteWindowOver",
    "change",
    "create",
    "delete",
    "get",
    "list_notes",
    "restore",
    "share",
    "unshare",
]
