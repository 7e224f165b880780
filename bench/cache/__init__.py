"""What a kept value costs, beside cashews and Nest's cache manager."""
