"""Audit: who did what, in the same commit, in a chain that shows every later touch.

Promises: a record is there if and only if its change is; records of an organization are numbered
without a gap; whoever edits, deletes, reorders or cuts them is found out, by us or by anybody
with the export and the key; erasing a person leaves the chain whole. Limits: what is not
recorded by a module is not there; a checkpoint proves nothing to whoever holds the secret key.
"""

from backstay.systems.audit.contracts import AuditRecord, ErasureReceipt, Verification
from backstay.systems.audit.service import Auditor, erase, record, verify

__all__ = ["AuditRecord", "Auditor", "ErasureReceipt", "Verification", "erase", "record", "verify"]
