"""The job engines, side by side: see `store.Store` for what they all answer."""
