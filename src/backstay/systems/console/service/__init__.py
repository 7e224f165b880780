"""What the console does: sessions, the state of the house, what the doctor finds, proofs, its own files."""

from backstay.systems.console.service.doctor import Doctor
from backstay.systems.console.service.files import NOT_BUILT, File, Files
from backstay.systems.console.service.guarantees import guarantees, refusal
from backstay.systems.console.service.house import Pulses, house, pulses, system
from backstay.systems.console.service.proofs import Proofs
from backstay.systems.console.service.running import Running
from backstay.systems.console.service.session import doors, session, sign_in

__all__ = [
    "NOT_BUILT",
    "Doctor",
    "File",
    "Files",
    "Proofs",
    "Pulses",
    "Running",
    "doors",
    "guarantees",
    "house",
    "pulses",
    "refusal",
    "session",
    "sign_in",
    "system",
]
