"""What keeping the audit trail costs a change: with one organization writing, and with many."""
