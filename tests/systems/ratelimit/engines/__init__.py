"""The stores, held against each other and against the algorithms."""
