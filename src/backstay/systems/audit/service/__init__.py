"""What the audit system does."""

from backstay.systems.audit.service.checkpoints import list_checkpoints, prune, prune_all, sign, sign_all
from backstay.systems.audit.service.erasing import erase, erase_here, move_keys
from backstay.systems.audit.service.reading import export, get_record, list_records, signing_key, verify
from backstay.systems.audit.service.recording import Auditor, record

__all__ = [
    "Auditor",
    "erase",
    "erase_here",
    "export",
    "get_record",
    "list_checkpoints",
    "list_records",
    "move_keys",
    "prune",
    "prune_all",
    "record",
    "sign",
    "sign_all",
    "signing_key",
    "verify",
]
