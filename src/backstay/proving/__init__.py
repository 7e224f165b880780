"""The lab: real processes, real faults, histories and verdicts."""
