"""What a check of a limit costs, and how exact it is."""
